"""Coverage: what is known of whom, where it differs, which fact is missing, what lists hit, and what may be told."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reachwell.__main__ import main
from reachwell.area import Area
from reachwell.coverage import prevalence
from reachwell.coverage.area import AreaCoverage, area_coverage
from reachwell.coverage.known import KNOWN, STATES, asked_for, known, over_all, told, told_over_all
from reachwell.coverage.list_hits import list_hits, told_hits
from reachwell.coverage.missing_facts import MISSING, missing_facts, told_missing
from reachwell.coverage.outliers import outliers
from reachwell.coverage.ratios import Counted, Ratio, compared
from reachwell.criteria import Programme, parse
from reachwell.errors import FileMistakes, UsageError
from reachwell.last_good import LastGood
from reachwell.small_numbers import stands_for
from tests.practice import Practice, Row, catalogue

# Cyclopts warns of what main() is for: reading the command line, here inside a test.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked without tokens")

ON = date(2026, 11, 21)
ELM, RIVERSIDE = "B83001", "B83017"
LEVEL, ALONE, LONELY, HYPERTENSION = "962851000000103", "105529008", "267076002", "38341003"
RULES = """
name = "Test"
version = "1"
owner = "analyst@area.example"
reviewed = 2026-11-01
review_due = 2027-11-01
[list]
threshold = 5
[[rule]]
id = "activation"
label = "Low activation"
feature = "pam_level"
is_one_of = [1, 2]
within = "24 months"
points = 3
[[rule]]
id = "alone"
label = "Lives alone"
feature = "lives_alone"
is = true
points = 2
[[rule]]
id = "need"
label = "Social need"
any = [
    { feature = "social_need", is = true, within = "24 months" },
    { feature = "loneliness_score", at_least = 6, when_unknown = "skip" },
]
points = 3
[[rule]]
id = "contacts"
label = "Comes often"
points = 1
all = [{ feature = "contact_days", at_least = 10, within = "12 months" }, { feature = "hba1c", at_least = 42 }]
"""


def exactly(counts: pl.DataFrame) -> pl.DataFrame:
    """Counts of known() in the columns of told(), nothing hidden and nothing rounded."""
    registered = pl.col("patients").sum().over("feature", "practice_id")
    return counts.with_columns(registered=registered, few=pl.lit(False), about=pl.col("patients").cast(pl.Float64))


def programme(text: str = RULES) -> Programme:
    return parse(text, "test.toml", catalogue())


def event(patient: str, code: str, on: str = "2026-11-01", value: float | None = None) -> Row:
    return {"patient_id": patient, "code": code, "on_date": date.fromisoformat(on), "value": value}


@pytest.fixture
def data_of(new_town: Callable[..., Any], tmp_path: Path) -> Callable[..., LastGood]:
    """data_of(practices) is the data behind lists of these practices, of one day."""

    def made(practices: Sequence[Practice], on: date = ON) -> LastGood:
        area: Area = new_town({each.ods: (each.ods, 0.1) for each in practices}).area
        area.state.parent.mkdir(parents=True, exist_ok=True)
        snapshots = [each.stored(tmp_path, on) for each in practices]
        return LastGood(area, snapshots, {each.ods: on for each in practices}, ())

    return made


def counts(frame: pl.DataFrame, feature: str, ods: str = ELM) -> dict[str, int]:
    """How many are in each state; those of nobody are left out."""
    rows = frame.filter(pl.col("feature") == feature, pl.col("practice_id") == ods).select("state", "patients").rows()
    assert [state for state, _ in rows] == list(STATES)
    return {state: patients for state, patients in rows if patients}


ELM_TREE = Practice(
    ods=ELM,
    patient=[
        {"patient_id": "ann"},
        {"patient_id": "bob"},
        {"patient_id": "cat", "registered_on": date(2026, 6, 1)},
        {"patient_id": "dan"},
        {"patient_id": "eve", "birth_month": date(2010, 1, 1)},
        {"patient_id": "fay", "deregistered_on": date(2026, 1, 1)},
        {"patient_id": "gil", "died_on": date(2026, 1, 1)},
    ],
    event=[
        event("ann", LEVEL, "2026-01-01", 1),  # 3 points
        event("bob", LEVEL, "2020-01-01", 1),
        event("bob", LONELY),  # 3 points
        event("eve", LEVEL, "2026-01-01", 1),
        event("fay", LEVEL, "2026-01-01", 1),
        event("gil", ALONE),
        event("dan", HYPERTENSION, "2011-05-05"),
    ],
    contact=[{"patient_id": "ann"}, {"patient_id": "cat"}],
)
# In Riverside nobody is on the register.
NOBODY = Practice(ods=RIVERSIDE)


def test_who_is_fresh_part_stale_and_unknown(data_of: Callable[..., LastGood]) -> None:
    """Of four adults: Ann's level is known, Bob's was, Cat came in June, of Dan there is nothing."""
    found = known(data_of([ELM_TREE, NOBODY]), [programme()])
    assert counts(found, "pam_level within 24 months") == {"fresh": 1, "stale": 1, "unknown": 2}
    assert counts(found, "contact_days within 12 months") == {"fresh": 1, "none": 2, "part": 1}
    assert counts(found, "social_need within 24 months") == {"fresh": 1, "none": 3}
    # Gil, who died, is the only one of whom it is known how he lived.
    assert counts(found, "lives_alone") == {"unknown": 4}
    assert counts(found, "pam_level within 24 months", RIVERSIDE) == {}
    everywhere = over_all(exactly(found)).filter(pl.col("feature") == "pam_level within 24 months")
    assert everywhere["share"].to_list() == [0.25, 0, 0, 0.25, 0.5]
    assert everywhere["registered"].to_list() == [4] * 5


def test_the_youngest_that_any_programme_speaks_of_count(data_of: Callable[..., LastGood]) -> None:
    of_children = programme(RULES.replace("[list]", "[population]\nminimum_age = 12\n[list]", 1))
    found = known(data_of([ELM_TREE]), [programme(), of_children])
    assert counts(found, "pam_level within 24 months") == {"fresh": 2, "stale": 1, "unknown": 2}


@pytest.mark.parametrize(
    ("on", "recorded", "state"),
    [
        ("2026-11-21", "2024-11-22", "fresh"),
        ("2026-11-21", "2024-11-21", "stale"),
        ("2026-11-21", "2026-11-21", "fresh"),
        # Not known on the index date.
        ("2026-11-21", "2026-11-22", "unknown"),
        # 24 months before 29 February 2028 is 28 February 2026; before 28 February 2026 there is 28 February 2024.
        ("2028-02-29", "2026-03-01", "fresh"),
        ("2028-02-29", "2026-02-28", "stale"),
        ("2026-02-28", "2024-02-29", "fresh"),
        ("2026-02-28", "2024-02-28", "stale"),
    ],
)
def test_the_days_at_which_a_look_back_ends(
    on: str, recorded: str, state: str, data_of: Callable[..., LastGood]
) -> None:
    elm = Practice(ods=ELM, patient=[{"patient_id": "ann"}], event=[event("ann", LEVEL, recorded, 2)])
    found = known(data_of([elm], date.fromisoformat(on)), [programme()])
    assert counts(found, "pam_level within 24 months") == {state: 1}


def test_in_a_practice_that_sends_no_such_rows_nothing_is_known_but_a_yes(data_of: Callable[..., LastGood]) -> None:
    elm = Practice(ods=ELM, patient=[{"patient_id": "ann"}, {"patient_id": "bob"}])
    found = known(data_of([elm]), [programme()])
    assert {state for key in found["feature"].unique() for state in counts(found, key)} == {"unknown"}


def test_a_missing_fact_is_counted_where_it_would_be_enough(data_of: Callable[..., LastGood]) -> None:
    """Threshold 5. Ann has 3 points (level), Bob 3 (lonely), the others none.

    To live alone (2) would do for both, a level (3) for Bob only, loneliness (3) for Ann only; HbA1c is not asked for.
    """
    found = missing_facts(data_of([ELM_TREE]).judge([programme()]), [programme()])
    told_of = dict(found.filter(pl.col("practice_id") == ELM).select("rule", "patients").rows())
    assert told_of == {"activation": 1, "alone": 2, "need": 1}
    assert dict(found.select("rule", "feature").rows()) == {
        "activation": "pam_level within 24 months", "alone": "lives_alone", "need": "loneliness_score within 24 months",
    }  # fmt: skip


def test_who_has_enough_or_may_not_be_listed_wants_for_nothing(data_of: Callable[..., LastGood]) -> None:
    enough = [event("ann", LEVEL, value=1), event("ann", LONELY)]
    declined = [event("bob", LEVEL, value=1), event("bob", "871711000000103")]
    no_help = [event("cat", LEVEL, value=1), event("cat", "224133007")]
    patients = [{"patient_id": each} for each in ("ann", "bob", "cat")]
    elm = Practice(ods=ELM, patient=patients, event=[*enough, *declined, *no_help])
    found = missing_facts(data_of([elm]).judge([programme()]), [programme()])
    # Cat lives with others, and could only be lonely.
    assert dict(found.select("rule", "patients").rows()) == {"activation": 0, "alone": 0, "need": 1}


def test_bands_are_taken_at_their_best(data_of: Callable[..., LastGood]) -> None:
    bands = RULES.replace("at_least = 6, when_unknown", "at_least = 9, when_unknown").replace(
        'feature = "pam_level"\nis_one_of = [1, 2]\nwithin = "24 months"\npoints = 3',
        'feature = "loneliness_score"\nbands = [{ at_least = 4, points = 1 }, { at_least = 6, points = 5 }]',
    )
    elm = Practice(ods=ELM, patient=[{"patient_id": "ann"}, {"patient_id": "bob"}], event=[event("bob", ALONE)])
    found = missing_facts(data_of([elm]).judge([programme(bands)]), [programme(bands)])
    # By itself the band brings 5 to both, to live alone is known of one and too little for the other.
    assert dict(found.select("rule", "patients").rows()) == {"activation": 2, "alone": 0, "need": 1}


def test_a_programme_without_a_fact_to_ask_for_has_none(data_of: Callable[..., LastGood]) -> None:
    text = RULES[: RULES.index("[[rule]]")] + RULES[RULES.rindex("[[rule]]") :]
    found = missing_facts(data_of([ELM_TREE]).judge([programme(text)]), [programme(text)])
    assert found.is_empty()
    assert told_missing(found).is_empty()


def test_missing_facts_are_told_the_most_first_and_a_few_as_such() -> None:
    rows = [("p", rule, rule, rule, "?", ods, n) for rule, n in (("a", 2), ("b", 13), ("c", 0)) for ods in (ELM, "X")]
    seen = told_missing(pl.DataFrame(rows, schema=MISSING, orient="row"))
    assert seen.select("rule", "patients").rows() == [("b", 30), ("c", 0), ("a", None)]


def _level(some: int, of: int, others: int, of_others: int) -> str | None:
    found = compared(Counted.exactly(some, of), Counted.exactly(others, of_others))
    return found.level if found else None


@pytest.mark.parametrize(
    ("some", "others", "level"),
    [
        (1_250, 1_000, ""), (1_251, 1_000, "note"), (2_000, 1_000, "note"), (2_001, 1_000, "warn"),
        (1_000, 1_250, ""), (1_000, 1_251, "note"), (1_000, 2_000, "note"), (1_000, 2_001, "warn"),
        (0, 1_000, "warn"), (1_000, 0, "warn"), (0, 0, None), (10_000, 10_000, ""),
    ],
)  # fmt: skip
def test_exactly_1_25_times_is_no_note_and_exactly_twice_no_warning(some: int, others: int, level: str | None) -> None:
    assert _level(some, 10_000, others, 10_000) == level


def test_small_practices_do_not_cry_wolf() -> None:
    assert _level(4, 20, 100, 1_000) == ""
    assert _level(40, 200, 100, 1_000) == "note"
    assert _level(0, 20, 100, 1_000) == ""
    assert _level(0, 0, 100, 1_000) is None
    assert _level(10, 100, 0, 0) is None


def test_the_limits_are_those_of_katz() -> None:
    """20 of 100 against 10 of 100: exp(log 2 ± 1.96 × sqrt(1/20 - 1/100 + 1/10 - 1/100))."""
    found = compared(Counted.exactly(20, 100), Counted.exactly(10, 100))
    assert found is not None
    assert (found.ratio, round(found.low, 3), round(found.high, 3)) == (2.0, 0.987, 4.054)


def test_what_may_be_more_or_less_is_compared_at_its_nearest() -> None:
    few = Counted(4, 1_000, 1, 7)
    below = compared(few, Counted.exactly(100, 1_000))
    assert below == Ratio(0.007, 0.1, 0.07, below.low, below.high, "warn", True) if below else False
    # 4 of 1,000 may be 1, of which 1 of 10,000 is not told apart.
    above = compared(few, Counted.exactly(1, 10_000))
    assert above is not None
    assert (above.share, above.level) == (0.001, "")
    # 1 or 7 on both sides may be more or less.
    even = compared(few, Counted(3, 1_000, 1, 7))
    assert even is not None
    assert even.level == ""


def figures_of(rows: Mapping[str, Mapping[str, int]], feature: str = "pam_level") -> pl.DataFrame:
    """Counts by practice and state as known() gives them."""
    cells = [(feature, ods, state, of.get(state, 0)) for ods, of in rows.items() for state in STATES]
    return pl.DataFrame(cells, schema=KNOWN, orient="row")


def test_practices_and_systems_against_all_others() -> None:
    rows = {
        "A": {"fresh": 300, "unknown": 700},
        "B": {"fresh": 300, "unknown": 700},
        "C": {"fresh": 100, "unknown": 800, "stale": 100},
        "D": {"fresh": 100, "unknown": 900},
    }
    systems = {"A": "emis", "B": "emis", "C": "systmone", "D": "native"}
    found = outliers(exactly(figures_of(rows)), {"pam_level": catalogue()["pam_level"]}, systems)
    told_of = {(row["kind"], row["who"]): (round(row["ratio"], 3), row["level"]) for row in found.to_dicts()}
    assert told_of == {
        ("practice", "A"): (1.8, "note"),
        ("practice", "B"): (1.8, "note"),
        ("practice", "C"): (0.429, "warn"),
        ("practice", "D"): (0.429, "warn"),
        # The systems of one practice are not told twice.
        ("system", "emis"): (3.0, "warn"),
    }


def test_of_a_flag_those_with_a_yes_are_compared_and_the_unknown_left_out() -> None:
    rows = {"A": {"fresh": 100, "none": 300}, "B": {"fresh": 100, "none": 300, "unknown": 9_000}, "C": {"unknown": 900}}
    systems = dict.fromkeys("ABC", "emis")
    found = outliers(exactly(figures_of(rows, "diabetes")), {"diabetes": catalogue()["diabetes"]}, systems)
    assert found.select("who", "ratio").rows() == [("A", 1.0), ("B", 1.0)]


def test_one_practice_has_no_others() -> None:
    alone = exactly(figures_of({"A": {"fresh": 100, "unknown": 900}}))
    assert outliers(alone, {"pam_level": catalogue()["pam_level"]}, {"A": "emis"}).is_empty()


def test_a_practice_whose_few_are_hidden_can_still_be_said_to_have_few() -> None:
    rows = {"A": {"fresh": 3, "unknown": 4_997}, "B": {"fresh": 500, "unknown": 4_500}}
    features, systems = {"pam_level": catalogue()["pam_level"]}, {"A": "emis", "B": "emis"}
    found = outliers(told(figures_of(rows)), features, systems).filter(pl.col("who") == "A").to_dicts()[0]
    assert (found["level"], found["cautious"], round(found["ratio"], 3)) == ("warn", True, 0.014)
    # Whatever the few are, the same is told.
    for few in range(1, 8):
        other = figures_of({"A": {"fresh": few, "unknown": 5_000 - few}, "B": rows["B"]})
        assert outliers(told(other), features, systems).equals(outliers(told(figures_of(rows)), features, systems))


def test_lists_hit_whoever_has_a_code_of_them_ever(data_of: Callable[..., LastGood]) -> None:
    """Registered are Ann, Bob, Cat, Dan and Eve, a child; Gil's code does not count, nor one of next week."""
    later = event("ann", "13645005", "2026-11-28")
    medicine = [{"patient_id": "cat", "name": "Sertraline 50mg tablets", "cost_pence": 100}]
    elm = Practice(ELM, patient=ELM_TREE.patient, event=[*ELM_TREE.event, later], medicine=medicine)
    found = list_hits(data_of([elm, NOBODY]), PUBLISHED).filter(pl.col("practice_id") == ELM)
    assert set(found["registered"]) == {5}
    hit = {(name, category): n for name, category, _, n, _ in found.rows() if n}
    assert hit == {
        ("pam", None): 3, ("social_need", None): 1, ("long_term_condition", None): 1,
        ("long_term_condition", "hypertension"): 1, ("psychotropic_medicine", None): 1,
    }  # fmt: skip
    published = PUBLISHED.with_columns(list=pl.lit("pam"), category=pl.lit("level"))
    assert ("pam", "level", ELM, 3, 5) in list_hits(data_of([elm]), published).rows()
    # Their codes, or people, are taken out of the data: that they hit nobody is no fault.
    assert not {"sensitive", "type_1_opt_out"} & set(found["list"])


HITS = {
    "list": pl.String,
    "category": pl.String,
    "practice_id": pl.String,
    "patients": pl.Int64,
    "registered": pl.Int64,
}
PUBLISHED = pl.DataFrame(
    [("long_term_condition", "asthma", 0.1, 100_000, "somewhere")], schema=prevalence.PUBLISHED, orient="row"
)


def hits(*rows: tuple[str, str | None, int]) -> pl.DataFrame:
    cells = [(name, category, ELM, patients, 10_000) for name, category, patients in rows]
    return pl.DataFrame(cells, schema=HITS, orient="row")


@pytest.mark.parametrize(
    ("patients", "level"), [(1_250, ""), (1_260, "note"), (2_000, "note"), (2_010, "warn"), (800, ""), (500, "note"),
                            (490, "warn"), (0, "warn")],
)  # fmt: skip
def test_a_condition_is_compared_with_what_is_published(patients: int, level: str) -> None:
    found = told_hits(
        hits(("long_term_condition", None, 5_000), ("long_term_condition", "asthma", patients)), PUBLISHED
    )
    assert found["level"].to_list() == ["", level]
    row = found.to_dicts()[1]
    assert (row["share"], row["published"], row["source"]) == (patients / 10_000, 0.1, "somewhere")
    assert row["ratio"] == pytest.approx(patients / 1_000)


def test_a_list_that_hits_nobody_is_a_warning_and_one_that_hits_a_few_is_hidden() -> None:
    found = told_hits(hits(("frailty", None, 0), ("pam", None, 5), ("gad7", None, 23)), PUBLISHED)
    told_of = found.select("list", "patients", "share", "level").rows()
    assert told_of == [("frailty", 0, 0.0, "warn"), ("pam", None, None, ""), ("gad7", 20, 0.002, "")]


def test_a_list_with_a_few_in_each_practice_is_far_only_if_it_is_so_whatever_the_few_are() -> None:
    """In three practices of 10,000 it is 3 to 21 that have it: fewer than 100 and more than none, but perhaps 15."""
    rows = pl.DataFrame([("frailty", None, ods, 4, 10_000) for ods in "ABC"], schema=HITS, orient="row")
    levels = {}
    for share in (0.0005, 0.0000001, 0.01):
        published = pl.DataFrame([("frailty", None, share, 10_000_000, "x")], schema=prevalence.PUBLISHED, orient="row")
        levels[share] = told_hits(rows, published).select("patients", "cautious", "level").row(0)
    assert levels == {0.0005: (10, True, ""), 0.0000001: (10, True, "warn"), 0.01: (10, True, "warn")}


def test_of_a_list_that_hits_a_few_no_condition_is_told() -> None:
    rows = hits(("long_term_condition", None, 3), ("long_term_condition", "asthma", 0))
    assert told_hits(rows, PUBLISHED)["category"].to_list() == [None]


def test_a_mistake_in_published_figures_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "prevalence"
    folder.mkdir(parents=True)
    head = "list,category,share,people,source\n"
    rows = "frailtie,,0.1,10,here\nlong_term_condition,athsma,0.1,10,here\nfrailty,,13.3,0,\n"
    (folder / "mine.csv").write_text(head + rows)
    with pytest.raises(FileMistakes) as told_of:
        prevalence.read_all(tmp_path)
    assert [each.split(":")[0] for each in told_of.value.mistakes] == ["line 2", "line 3", *["line 4"] * 3]
    assert "Did you mean 'frailty'?" in str(told_of.value)
    assert "Did you mean 'asthma'?" in str(told_of.value)
    (folder / "mine.csv").write_text("list,share\nfrailty,0.1\n")
    with pytest.raises(FileMistakes, match="should have the columns list,category,share,people,source"):
        prevalence.read_all(tmp_path)


CELLS = st.one_of(st.integers(0, 9), st.integers(0, 60))


def _possible(row: Mapping[str, Any], shown: Sequence[int]) -> range:
    """What a cell may be for somebody who has read all that is told. shown: the figures told beside it."""
    if row["patients"] is not None:
        return stands_for(row["patients"])
    # A hidden count that is not one of a few is among the smallest told.
    return range(1, 8) if row["few"] else range(8, stands_for(min(shown)).stop if shown else 1_000)


def _sums(ranges: Sequence[range]) -> set[int]:
    sums = {0}
    for each in ranges:
        sums = {so_far + count for so_far, count in product(sums, each)}
    return sums


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=3))
def test_no_small_part_follows_from_totals_neighbours_or_the_figures_over_all(tables: list[list[int]]) -> None:
    """The attacker knows each practice's exact total, all figures told, and how they are made.

    Within its practice each hidden part may be any of 1 to 7. The figures over all are made of those of the practices,
    so that they say nothing of their own: they are the same whichever of the possible tables is the true one.
    """
    names = "ABC"[: len(tables)]
    exact = figures_of({ods: dict(zip(STATES, row, strict=True)) for ods, row in zip(names, tables, strict=True)})
    seen = told(exact)
    for ods, counts_of in zip(names, tables, strict=True):
        rows = seen.filter(pl.col("practice_id") == ods).to_dicts()
        assert all(row["patients"] is None for row, count in zip(rows, counts_of, strict=True) if 0 < count < 8)
        if rows[0]["registered"] is None:
            assert sum(counts_of) < 50
            assert {row["patients"] for row in rows} == {None}
            assert not any(row["few"] for row in rows)
            continue
        shown = [row["patients"] for row in rows if row["patients"]]
        ranges = [_possible(row, shown) for row in rows]
        for place, row in enumerate(rows):
            if row["few"]:
                left = _sums([*ranges[:place], *ranges[place + 1 :]])
                assert {count for count in range(1, 8) if sum(counts_of) - count in left} == set(range(1, 8))
    inner = seen.select("feature", "practice_id", "state", "patients", "registered", "few")
    assert told_over_all(seen).equals(told_over_all(_remade(inner)))


def _remade(seen: pl.DataFrame) -> pl.DataFrame:
    """What told() adds for adding up, made again of nothing but what is told."""
    rows = []
    for _, row_of in seen.group_by("practice_id", maintain_order=True):
        cells = row_of.to_dicts()
        few = sum(row["few"] for row in cells)
        hidden = [row for row in cells if row["patients"] is None and not row["few"]]
        rest = (cells[0]["registered"] or 0) - sum(row["patients"] or 0 for row in cells) - 4 * few
        for row in cells:
            about = row["patients"] if row["patients"] is not None else 4 if row["few"] else None
            if about is None and row["registered"] is not None:
                about = max(rest / len(hidden), 8)
            rows.append(row | {"about": about})
    return pl.DataFrame(rows, schema=seen.schema | {"about": pl.Float64})


@settings(max_examples=200, deadline=None)
@given(st.lists(CELLS, min_size=5, max_size=5), st.data())
def test_two_practices_that_look_alike_are_told_alike(row: list[int], data: st.DataObject) -> None:
    """Of two tables with the same figures told everything that follows from them is the same."""
    first = figures_of({"A": dict(zip(STATES, row, strict=True)), "B": {"fresh": 100, "unknown": 900}})
    other = [data.draw(st.integers(1, 7)) if 0 < count < 8 else count for count in row]
    second = figures_of({"A": dict(zip(STATES, other, strict=True)), "B": {"fresh": 100, "unknown": 900}})
    assume(told(first).equals(told(second)))
    features, systems = {"pam_level": catalogue()["pam_level"]}, {"A": "emis", "B": "native"}
    assert outliers(told(first), features, systems).equals(outliers(told(second), features, systems))
    assert told_over_all(told(first)).equals(told_over_all(told(second)))


def test_the_figures_over_all_are_near_the_truth() -> None:
    rows = {"A": {"fresh": 3, "unknown": 4_997}, "B": {"fresh": 500, "stale": 40, "unknown": 4_460}}
    exact, seen = (frame["share"].to_list() for frame in (over_all(exactly(figures_of(rows))),
                                                          told_over_all(told(figures_of(rows)))))  # fmt: skip
    assert exact == [0.0503, 0, 0, 0.004, 0.9457]
    assert seen == pytest.approx(exact, abs=0.001)


def many(number: int) -> dict[str, str]:
    """People of whom half live alone and one in five has a level."""
    return {
        f"ZQ7K{each:04d}": " ".join(
            word
            for word, is_so in (("alone", each % 2), ("inactive", each % 5 == 0), ("lonely", each % 4 == 0))
            if is_so
        )
        for each in range(number)
    }


@pytest.fixture(scope="module")
def grown(new_town: Callable[..., Any], day: date) -> Any:
    """An area of two practices with 100 and 60 people; nobody changes it."""
    town = new_town()
    town.send(ELM, day, many(100))
    town.send(RIVERSIDE, day, many(60))
    assert town.night(day).exit_code == 0
    return town


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """printed(folder, *words) is what the command prints."""

    def run(folder: Path, *words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["reachwell", "coverage", "--dir", str(folder), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == 0, said.err
        return said.out

    return run


def test_the_command_tells_features_and_what_needs_attention(grown: Any, printed: Callable[..., str]) -> None:
    text = printed(grown.folder)
    assert "What is known of 160 adults registered with 2 practices" in text
    of_it = [line.split() for line in text.splitlines() if line.startswith("lives_alone")]
    assert of_it[0][-7:] == ["80", "(50%)", "0", "0", "0", "80", "(50%)"]
    assert "loneliness_score within 24 months: any practice" in text
    assert "warn  frailty " in text
    assert "hypertension" in text
    assert "Greater Manchester" in text
    # Of those with a level or lonely, and not both: to live alone would do, where it is not known.
    assert "lives_alone" in text.split("One missing fact")[1]
    assert ELM not in text.split("Far from")[0]


def test_one_feature_is_told_by_practice(grown: Any, printed: Callable[..., str]) -> None:
    text = printed(grown.folder, "--feature", "pam_level")
    assert "pam_level within 24 months, by practice" in text
    rows = [line.split() for line in text.splitlines() if line.startswith((ELM, RIVERSIDE))]
    assert [row[:5] for row in rows] == [
        [ELM, "native", "100", "20", "(20%)"],
        [RIVERSIDE, "native", "60", "10", "(17%)"],
    ]
    assert "lives_alone" not in text


def test_json_holds_all_and_no_count_of_a_few(grown: Any, printed: Callable[..., str]) -> None:
    found = json.loads(printed(grown.folder, "--json"))
    assert list(found) == [
        "practices", "over_all", "by_practice", "not_known_of_anybody", "outliers", "missing_facts", "code_lists",
    ]  # fmt: skip
    cells = [
        row["patients"] for part in ("over_all", "by_practice", "missing_facts", "code_lists") for row in found[part]
    ]
    assert all(count is None or count % 10 == 0 for count in cells)
    assert {row["practice_id"]: row["registered"] for row in found["practices"]} == {ELM: 100, RIVERSIDE: 60}
    alone = json.loads(printed(grown.folder, "--feature", "lives_alone", "--json"))
    assert {row["feature"] for row in alone["by_practice"]} == {"lives_alone"}
    assert alone["code_lists"] == []


def test_an_unknown_feature_is_answered_with_the_nearest(grown: Any) -> None:
    found = area_coverage(grown.area)
    with pytest.raises(
        UsageError, match=r"no live programme asks for a feature called 'pam_levle'\. Did you mean 'pam_level'"
    ):
        found.of("pam_levle")


def test_before_the_first_run_it_says_so(town: Any) -> None:
    with pytest.raises(UsageError, match=r"nothing is published .* Publish with: reachwell run"):
        area_coverage(town.area)


def test_practices_too_small_to_be_told_of(settled: Any, printed: Callable[..., str]) -> None:
    assert "too few to tell" in printed(settled.folder, "--feature", "lives_alone")
    assert "What is known of 0 adults registered with 0 practices" in printed(settled.folder)
    rows = json.loads(printed(settled.folder, "--json"))["by_practice"]
    assert {row["patients"] for row in rows} == {None}


def test_one_practice_and_no_fact_to_ask_for(
    new_town: Callable[..., Any], printed: Callable[..., str], day: date
) -> None:
    town = new_town({ELM: ("Elm Tree Surgery", 0.2)})
    text = RULES[: RULES.index("[[rule]]")] + RULES[RULES.rindex("[[rule]]") :]
    (town.folder / "criteria" / "social_prescribing.toml").write_text(text)
    town.send(ELM, day, many(60))
    assert town.night(day).exit_code == 0
    told_of = printed(town.folder)
    assert "One practice has a list: there are no others to compare it with." in told_of
    assert "No rule of social_prescribing rests on a fact that asking a person would tell." in told_of
    assert "hba1c within 12 months: any practice" in told_of


def test_a_practice_whose_patients_all_left(grown: Any, copy_of: Callable[..., Any], day: date) -> None:
    town = copy_of(grown)
    for ods in (ELM, RIVERSIDE):
        delivery = town.send(ods, day + timedelta(days=1), many(100 if ods == ELM else 60))
        if ods == RIVERSIDE:
            file = delivery / "patient.csv"
            head, *rows = file.read_text().splitlines()
            # deregistered_on is the last but one.
            left = [row.removesuffix(",,") + ",2026-11-01," for row in rows]
            assert left != rows
            file.write_text("\n".join([head, *left]) + "\n")
    assert town.night(day + timedelta(days=1)).exit_code == 0
    found = area_coverage(town.area)
    assert found.registered() == {ELM: 100, RIVERSIDE: 0}
    assert set(found.compared["who"]) == set()
    assert found.silent().get("lives_alone") is None
    assert isinstance(found, AreaCoverage)


def test_every_feature_that_a_programme_asks_for_is_told(data_of: Callable[..., LastGood]) -> None:
    last = data_of([ELM_TREE])
    assert (
        list(asked_for([programme()], last))
        == known(last, [programme()])["feature"].unique(maintain_order=True).to_list()
    )
