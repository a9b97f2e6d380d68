"""A look back at a past date: who would have been listed, what is counted of them after, and what an area may see."""

import io
import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from reachwell.area import Area
from reachwell.backtest.backtest import (
    GROUPS,
    LISTED,
    OTHERS,
    UNAIDED,
    WITHIN,
    Backtest,
    backtest,
    backtested,
    differences,
    figures,
)
from reachwell.backtest.outcomes import outcomes, refuse_unless_covered, year_after
from reachwell.backtest.report import as_rows, sentences, shown
from reachwell.backtest.told import told
from reachwell.criteria import Criteria
from reachwell.errors import FileMistakes, UsageError
from reachwell.init import init
from reachwell.last_good import LastGood, last_good
from reachwell.small_numbers import stands_for
from tests.practice import Practice, Row, programme

ON, UNTIL = date(2025, 11, 20), date(2026, 11, 20)
NEXT, LAST, TOO_LATE = date(2025, 11, 21), UNTIL, date(2026, 11, 21)
NAME = "social_prescribing"
ODS, OTHER = "B83001", "B83017"
LONELY, ALONE = "267076002", "105529008"
REFERRED, DECLINED = "871731000000106", "871711000000103"
OLD = date(2025, 3, 1)


def contacts(patient: str, *days: date, kind: str = "gp") -> list[Row]:
    return [{"patient_id": patient, "on_date": day, "kind": kind} for day in days]


def events(patient: str, *codes: str, on: date = OLD, **more: object) -> list[Row]:
    return [{"patient_id": patient, "code": code, "on_date": on, **more} for code in codes]


def lonely(*patients: str) -> list[Row]:
    """What makes 5 points, enough for the list."""
    return [row for patient in patients for row in events(patient, LONELY, ALONE)]


def data_of(folder: Path, *practices: Practice, extracted_on: date = TOO_LATE) -> LastGood:
    """The data behind current lists, of practices made by hand; two places a month each."""
    places = [
        {"ods": each.ods, "name": each.ods, "format": "native", "place": "/nowhere", "link_workers": 0.11}
        for each in practices
    ]
    init(folder / "area", "North Borough", places)
    snapshots = [each.stored(folder / "lake", extracted_on) for each in practices]
    dates = dict.fromkeys((each.ods for each in practices), extracted_on)
    return LastGood(Area.load(folder / "area"), snapshots, dates, ())


def people_of(folder: Path, *practices: Practice, on: date = ON) -> dict[str, Row]:
    found = outcomes(data_of(folder, *practices), [programme()], NAME, on)
    return {row["patient_id"]: row for row in found.iter_rows(named=True)}


@pytest.fixture(scope="module")
def elm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """What is told of each person of a small practice."""
    ids = ("ann", "bob", "cat", "dan", "eve", "flo", "ida", "jon")
    half = ON + timedelta(days=73)
    practice = Practice(
        patient=[
            *[{"patient_id": each} for each in ids],
            {"patient_id": "kim", "died_on": half},
            {"patient_id": "lou", "deregistered_on": LAST},
            {"patient_id": "max", "died_on": TOO_LATE},
            {"patient_id": "ned", "died_on": ON},
            {"patient_id": "pam", "registered_on": NEXT},
            {"patient_id": "ray", "birth_month": date(2007, 12, 1)},
            {"patient_id": "sue", "registered_on": date(2024, 11, 22)},
        ],
        event=[
            *lonely("ann", "bob", "dan", "kim", "ned", "pam", "ray"),
            # Known since, and not on the day.
            *events("flo", LONELY, ALONE, recorded_on=NEXT),
            *events("dan", REFERRED, on=ON),
            *events("cat", REFERRED, on=NEXT),
            *events("eve", REFERRED, on=TOO_LATE),
            *events("ida", DECLINED, on=LAST),
            *events("jon", DECLINED, on=date(2024, 11, 20)),
        ],
        contact=[
            *contacts("ann", date(2024, 11, 20), date(2024, 11, 21), ON, NEXT, LAST, TOO_LATE),
            *contacts("bob", NEXT, NEXT, kind="nurse"),
            *contacts("kim", half),
            *contacts("cat", ON, NEXT, TOO_LATE, kind="emergency"),
            *contacts("cat", NEXT, NEXT, LAST, kind="admission"),
            {"patient_id": "eve", "on_date": NEXT, "kind": "emergency", "status": "missed"},
        ],
    )
    return people_of(tmp_path_factory.mktemp("elm"), practice)


def test_whoever_was_referred_died_or_was_no_adult_patient_by_then_is_not_among_them(elm) -> None:
    # dan was referred on the day itself, ned died on it, pam came after it, ray was 17.
    assert sorted(elm) == ["ann", "bob", "cat", "eve", "flo", "ida", "jon", "kim", "lou", "max", "sue"]


def test_the_list_is_of_what_was_known_on_the_day(elm) -> None:
    assert sorted(each for each, row in elm.items() if row["rank"]) == ["ann", "bob", "kim"]
    assert sorted(row["rank"] for row in elm.values() if row["rank"]) == [1, 2, 3]
    assert sum(row["within_capacity"] for row in elm.values()) == 1


def test_a_contact_on_the_day_is_before_and_on_the_next_after_until_the_last_of_the_year(elm) -> None:
    assert (elm["ann"]["contact_days_before"], elm["ann"]["contact_days_after"]) == (2, 2)
    assert (elm["bob"]["contact_days_before"], elm["bob"]["contact_days_after"]) == (0, 1)


def test_attendances_and_admissions_are_each_counted_once_a_day(elm) -> None:
    # The day of both is one contact-day.
    assert (elm["cat"]["emergency_before"], elm["cat"]["emergency_after"]) == (1, 3)
    assert (elm["cat"]["contact_days_before"], elm["cat"]["contact_days_after"]) == (1, 2)
    assert (elm["eve"]["emergency_before"], elm["eve"]["emergency_after"]) == (0, 0)


def test_whoever_died_or_left_gives_the_time_until_then(elm) -> None:
    assert {each: (row["ended"], row["years"]) for each, row in elm.items() if row["ended"]} == {
        "kim": (True, 73 / 365),
        "lou": (True, 1.0),
    }
    assert elm["max"]["years"] == 1.0
    assert elm["kim"]["contact_days_after"] == 1


def test_referrals_and_refusals_are_those_of_the_year_after(elm) -> None:
    assert [each for each, row in elm.items() if row["referred"]] == ["cat"]
    assert [each for each, row in elm.items() if row["declined"]] == ["ida"]


def test_a_record_that_began_within_the_year_before_is_not_whole(elm) -> None:
    assert [each for each, row in elm.items() if not row["whole"]] == ["sue"]


def test_frequent_attenders_are_those_nobody_referred(tmp_path: Path) -> None:
    ids = [f"p{number:02}" for number in range(30)]
    days = [ON - timedelta(days=each) for each in range(20)]
    often = [row for patient in ids[:3] for row in contacts(patient, *days)]
    practice = Practice(
        patient=[{"patient_id": each} for each in ids],
        contact=[*often, *contacts("p00", NEXT)],
        # p01 before: of a programme that leaves nobody out for it; p02 after.
        event=[*events("p01", REFERRED, on=ON), *events("p02", REFERRED, on=LAST)],
    )
    anybody = programme().model_copy(update={"exclude": ()})
    found = outcomes(data_of(tmp_path, practice), [anybody], NAME, ON)
    assert found.filter("frequent").select("patient_id", "contact_days_before", "contact_days_after").rows() == [
        ("p00", 20, 1)
    ]
    assert found.height == 30


def test_what_a_practice_does_not_send_is_not_known(tmp_path: Path) -> None:
    silent = Practice(
        ods="A81002", patient=[{"patient_id": "ann"}], contact=contacts("ann", NEXT), event=events("ann", LONELY)
    )
    sends = Practice(patient=[{"patient_id": "bob"}], contact=contacts("bob", OLD, kind="emergency"))
    found = backtest(data_of(tmp_path, silent, sends), [programme()], NAME, ON)
    assert found.without_emergencies == ["A81002"]
    rows = {row["patient_id"]: row for row in found.people.iter_rows(named=True)}
    assert (rows["ann"]["emergency_before"], rows["ann"]["emergency_after"]) == (None, None)
    assert (rows["bob"]["emergency_before"], rows["bob"]["emergency_after"]) == (1, 0)
    # Of bob's practice no event is known at all.
    assert (rows["ann"]["referred"], rows["bob"]["referred"]) == (0, None)
    sizes = dict(figures(found.people).filter(group=OTHERS).select("measure", "size").rows())
    assert (sizes["emergency_after"], sizes["contact_days_after"], sizes["referred"]) == (1, 2, 1)


def test_after_29_february_comes_a_year_until_the_28th(tmp_path: Path) -> None:
    leap = date(2024, 2, 29)
    days = [date(2023, 2, 28), date(2023, 3, 1), leap, date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1)]
    practice = Practice(patient=[{"patient_id": "ann"}], contact=contacts("ann", *days))
    ann = people_of(tmp_path, practice, on=leap)["ann"]
    assert year_after(leap) == date(2025, 2, 28)
    assert (ann["contact_days_before"], ann["contact_days_after"]) == (2, 2)


def test_without_any_list_there_is_nothing_to_look_back_at() -> None:
    with pytest.raises(UsageError, match="no practice has a list yet"):
        refuse_unless_covered([], ON)


def test_a_day_that_the_data_do_not_cover_is_refused_with_those_that_they_do(tmp_path: Path) -> None:
    old = Practice(patient=[{"patient_id": "ann"}]).stored(tmp_path, date(2026, 2, 28))
    new = Practice(ods="A81002", covers_from=date(2024, 3, 1), patient=[{"patient_id": "ann"}]).stored(tmp_path)
    for on in (date(2024, 3, 1), date(2025, 2, 28)):
        refuse_unless_covered([old, new], on)
    for on, words in {
        date(2025, 3, 1): "data of A81001 end on 2026-02-28. Name a day up to 2025-02-28",
        date(9999, 12, 31): "what came in the 12 months after 9999-12-31 is not known",
        date(2024, 2, 29): "data of A81002 begin on 2024-03-01. Name a day from 2024-03-01 to 2025-02-28",
        date(1, 1, 1): "nothing is known as of 0001-01-01",
    }.items():
        with pytest.raises(UsageError, match=words):
            refuse_unless_covered([old, new], on)
    short = Practice(ods="A81003", covers_from=date(2026, 1, 1)).stored(tmp_path)
    with pytest.raises(UsageError, match=r"no day can be looked back at yet: the data of A81003 begin on 2026-01-01"):
        refuse_unless_covered([short], date(2025, 6, 1))
    leap = Practice(ods="A81004").stored(tmp_path, date(2025, 2, 28))
    refuse_unless_covered([leap], date(2024, 2, 29))


# The list is the night's.


@pytest.fixture(scope="module")
def flagged_town(new_town: Callable[..., object]):
    """An area whose first night had one of six people who are alike, and its second all, to look at only."""
    town = new_town()
    for ods in (ODS, OTHER):
        town.send(ods, UNTIL - timedelta(days=1), people={"ZQ7KLA05": ALIKE})
    town.night(UNTIL - timedelta(days=1))
    for ods in (ODS, OTHER):
        town.send(ods, UNTIL, people=SIX)
    town.night(UNTIL)
    return town


ALIKE = "lonely@2025-03-01 alone@2025-03-01"
SIX = {
    **{f"ZQ7KLA{number:02}": ALIKE for number in range(6)},
    "ZQ7KMO06": f"{ALIKE} inactive@2025-04-01",
    "ZQ7KLT07": f"{ALIKE} inactive@2026-04-01",
    "ZQ7KRF08": f"{ALIKE} referred@2025-11-02",
    "ZQ7KNW09": "lonely@2026-03-01 alone@2026-03-01",
}


def published(town, run_id: str) -> list[tuple[object, ...]]:
    columns = ["practice_id", "patient_id", "rank", "within_capacity", "points", "first_flagged_on"]
    paths = [town.area.published / run_id / "practice" / ods / "candidates.parquet" for ods in (ODS, OTHER)]
    return pl.concat([pl.read_parquet(path) for path in paths]).select(columns).sort("practice_id", "rank").rows()


def judged(town, on: date) -> list[tuple[object, ...]]:
    programmes = Criteria.of(town.area).programmes
    with last_good(town.area) as data:
        judge = data.at(on).judge(programmes)
        listed = judge.lists(programmes)[NAME]
        days = pl.Series(listed.first_flagged_on, dtype=pl.Int32).cast(pl.Date)
        people = judge.matcher.patients[listed.rows].select("practice_id", "patient_id")
        return people.with_columns(
            rank=listed.rank, within=listed.within_capacity, points=listed.points, first=days
        ).rows()  # fmt: skip


def test_the_list_of_the_nights_own_day_is_the_nights(flagged_town) -> None:
    now = published(flagged_town, flagged_town.current)
    assert judged(flagged_town, UNTIL) == judged(flagged_town, date(2031, 1, 1)) == now
    assert [row[2] for row in now if row[0] == ODS] == list(range(1, 11))


def test_the_list_of_an_earlier_day_is_what_a_run_for_it_publishes(flagged_town, copy_of) -> None:
    on = date(2025, 11, 19)
    town = copy_of(flagged_town)
    beside = published(town, town.night(UNTIL, on=on).run_id)
    assert judged(flagged_town, on) == beside
    with last_good(flagged_town.area) as data:
        found = outcomes(data, Criteria.of(flagged_town.area).programmes, NAME, on)
    listed = found.filter(pl.col("rank").is_not_null()).sort("practice_id", "rank")
    assert listed.select("practice_id", "patient_id", "rank", "within_capacity").rows() == [row[:4] for row in beside]
    assert [(ods, patient) for ods, patient, *_ in beside if patient in ("ZQ7KRF08", "ZQ7KNW09")] == []
    # One of the three and the two places has gone to who was referred in that month.
    assert sum(row[3] for row in beside) == 2 + 1


def test_who_was_flagged_later_than_the_day_is_not_favoured(flagged_town, copy_of, new_town) -> None:
    on = date(2025, 11, 19)
    fresh, town = new_town(), copy_of(flagged_town)
    for ods in (ODS, OTHER):
        fresh.send(ods, UNTIL, people=SIX)
    never_flagged = published(fresh, fresh.night(UNTIL, on=on).run_id)
    assert published(town, town.night(UNTIL, on=on).run_id) == never_flagged == judged(flagged_town, on)
    assert {row[5] for row in never_flagged} == {on}
    # Tonight the one who was flagged first is the first of those who are alike; by lot another would be.
    alike = [row[1] for row in published(flagged_town, flagged_town.current) if row[0] == ODS and row[4] == 5]
    by_lot = [row[1] for row in never_flagged if row[0] == ODS and row[4] == 5]
    assert alike[0] == "ZQ7KLA05" != by_lot[0]


def test_who_was_flagged_before_the_day_stays_so(flagged_town) -> None:
    rows = {row[1]: row for row in judged(flagged_town, UNTIL) if row[0] == ODS}
    assert rows["ZQ7KLA05"][5] == UNTIL - timedelta(days=1)
    assert rows["ZQ7KLA00"][5] == UNTIL


def test_a_draft_stands_in_the_place_of_the_programme_it_would_replace(flagged_town, tmp_path: Path) -> None:
    shipped = Path(__file__).parents[2] / "criteria" / f"{NAME}.toml"
    draft = tmp_path / "draft.toml"
    draft.write_text(shipped.read_text(encoding="utf-8").replace("threshold         = 5", "threshold         = 8"))
    found = backtested(flagged_town.area, date(2025, 11, 19), draft, None)
    assert (found.programme.id, found.programme.list.threshold) == (NAME, 8)
    assert found.people.filter(pl.col("rank").is_not_null())["patient_id"].to_list() == ["ZQ7KMO06"] * 2
    live = backtested(flagged_town.area, date(2025, 11, 19), None, NAME)
    assert live.people["rank"].count() > 2
    draft.write_text("threshhold = 5\n")
    with pytest.raises(FileMistakes, match=r"draft.toml"):
        backtested(flagged_town.area, date(2025, 11, 19), draft, None)


# What an area may see.


def drawn(people: int, seed: int = 1, often: float = 0.03) -> pl.DataFrame:
    """People as outcomes() gives them, drawn."""
    draw = random.Random(seed)
    rows = [
        {
            "practice_id": ODS, "patient_id": f"p{number}", "rank": number if draw.random() < 0.1 else None,
            "whole": draw.random() < 0.97, "frequent": draw.random() < 0.1, "ended": draw.random() < often,
            "contact_days_before": float(draw.randrange(40)), "contact_days_after": float(draw.randrange(30)),
            "emergency_before": float(draw.random() < 0.2), "emergency_after": float(draw.random() < 0.2),
            "referred": float(draw.random() < often), "declined": float(draw.random() < often),
        }
        for number in range(1, people + 1)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"rank": pl.Int32}).with_columns(
        within_capacity=pl.col("rank").is_not_null() & (pl.col("patient_id").hash(3) % 2 == 0),
        years=pl.when("ended").then(0.5).otherwise(1.0),
    )


def test_exact_figures_are_of_those_of_whom_it_is_known() -> None:
    people = drawn(400)
    exact = {(row["group"], row["measure"]): row for row in figures(people).iter_rows(named=True)}
    listed = people.filter(pl.col("rank").is_not_null())
    assert exact[LISTED, "people"]["count"] == listed.height
    assert exact[LISTED, "people"]["count"] + exact[OTHERS, "people"]["count"] == 400
    after, before = exact[LISTED, "contact_days_after"], exact[LISTED, "contact_days_before"]
    assert after["value"] == listed["contact_days_after"].sum() / listed["years"].sum()
    assert (before["count"], before["size"]) == (
        listed.filter("whole")["contact_days_before"].sum(), listed["whole"].sum(),
    )  # fmt: skip
    assert (UNAIDED, "referred") not in exact
    less = {row["measure"]: row for row in differences(figures(people)).iter_rows(named=True)}
    of_others = exact[OTHERS, "contact_days_after"]["value"]
    assert less["contact_days_after"]["value"] == after["value"] - of_others


def test_no_exact_figure_can_be_computed_back_from_what_is_told() -> None:
    """Whatever the exact counts and person-years are that a told figure stands for: nothing that is told differs."""
    for seed in range(12):
        exact = figures(drawn(300 + 60 * seed, seed))
        seen = told(exact)
        for place, row in enumerate(seen.iter_rows(named=True)):
            if row["count"] is None or row["size"] is None:
                continue
            counts, sizes = stands_for(row["count"]), stands_for(row["size"])
            if row["rounded_to"] > 10:
                counts = range(row["count"] - row["rounded_to"] // 2, row["count"] + row["rounded_to"] // 2 - 5)
            for count, size in product((counts[0], counts[-1]), (sizes[0], sizes[-1])):
                other = exact.with_row_index().with_columns(
                    count=pl.when(index=place).then(count).otherwise("count"),
                    size=pl.when(index=place).then(float(size)).otherwise("size"),
                )
                assert told(other.drop("index")).equals(seen)


def test_rates_and_limits_are_a_function_of_what_is_told_beside_them() -> None:
    seen = pl.concat([told(figures(drawn(900, seed))) for seed in range(30)]).filter(pl.col("value").is_not_null())
    rates = seen.filter(kind="rate")
    assert (rates["value"] == rates["count"] / rates["size"]).all()


def test_seven_or_fewer_hide_all_that_is_of_them() -> None:
    for many in (7, 8):
        few = drawn(500, 3).with_columns(rank=pl.lit(None, pl.Int32), within_capacity=False)
        few = few.with_columns(rank=pl.when(pl.int_range(pl.len()) < many).then(1), emergency_after=pl.lit(0.0))
        seen = {(row["group"], row["measure"]): row for row in told(figures(few)).iter_rows(named=True)}
        rows = [row for (group, _), row in seen.items() if group == LISTED]
        if many == 7:
            assert {row[name] for row in rows for name in ("count", "size", "value", "low", "high")} == {None}
            # Nobody would say that those are none of the few.
            assert seen[OTHERS, "emergency_after"]["count"] is None
        else:
            assert seen[LISTED, "people"]["count"] == 10


def test_many_events_of_few_people_are_hidden_as_few() -> None:
    people = drawn(500, 4).with_columns(
        emergency_after=pl.when(pl.int_range(pl.len()) < 7).then(30.0).otherwise(0.0), rank=pl.lit(1, pl.Int32)
    )
    seen = {(row["group"], row["measure"]): row for row in told(figures(people)).iter_rows(named=True)}
    assert (seen[LISTED, "emergency_after"]["count"], seen[LISTED, "emergency_after"]["value"]) == (None, None)


@pytest.mark.parametrize("most", [5, 12, 60, 150, 200])
def test_one_person_more_moves_a_count_of_contacts_by_one_step_at_most(most: int) -> None:
    people = drawn(300, 5).with_columns(rank=pl.lit(1, pl.Int32), contact_days_after=pl.lit(9.0))
    one = people.with_row_index().with_columns(
        contact_days_after=pl.when(index=0).then(float(most)).otherwise("contact_days_after")
    ).drop("index")  # fmt: skip
    counts = [
        told(figures(each)).filter(group=LISTED, measure="contact_days_after").row(0, named=True)
        for each in (one, one.tail(-1).vstack(one.tail(1)))
    ]
    assert abs(counts[0]["count"] - counts[1]["count"]) in (0, 200)
    assert {each["rounded_to"] for each in counts} == {200}


def found_of(people: pl.DataFrame) -> Backtest:
    other = people.tail(1).with_columns(practice_id=pl.lit(OTHER), emergency_after=None)
    people = people.vstack(other.cast(people.schema))
    return Backtest(ON, programme(), (ODS, OTHER), True, people)


def test_the_words_say_that_a_fall_is_expected_and_no_effect() -> None:
    found = found_of(drawn(2000, 6))
    words = sentences(told(figures(found.people)), found)
    assert words[0].startswith("On 20 November 2025 Proactive social prescribing, version 2026.1, would have listed 1")
    assert "fewer, unaided. A fall after listing is expected in the same way, and is no effect of help." in words[1]
    assert "no difference here says what listing or a referral does" in words[2]
    assert words[3].startswith("The record of the 12 months before is whole for ")
    assert words[4] == "Emergency use is not known of B83017: none was ever sent by then."
    few = sentences(told(figures(found.people.head(30))), found_of(found.people.head(30)))
    assert few[1].startswith("Too few frequent attenders were not referred to show")
    assert few[1].endswith("no effect of help.")


def test_table_and_json_hold_the_same_told_figures() -> None:
    found = found_of(drawn(2000, 6))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(*shown(found))
    text, rows = console.export_text(), json.loads(json.dumps(as_rows(found), default=str))
    assert "Invented data" in text
    for row in rows["figures"]:
        assert set(row) == {"group", "measure", "kind", "count", "size", "rounded_to", "value", "low", "high"}
        if row["measure"] == "contact_days_after":
            assert f"{row['value']:.1f} ({row['low']:.1f} to {row['high']:.1f})" in text
    assert {row["group"] for row in rows["figures"]} == {LISTED, WITHIN, OTHERS, UNAIDED} == set(GROUPS)
    assert (rows["on"], rows["until"], rows["programme"]) == ("2025-11-20", "2026-11-20", NAME)
    assert len(rows["listed_less_not_listed"]) == 8
