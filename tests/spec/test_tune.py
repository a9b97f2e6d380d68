"""Sweeps, the waterfall and combinations: counted by hand, and told so that nothing small follows."""

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reachwell.criteria import Programme
from reachwell.judge import Judge
from reachwell.match import MET, Matcher, match
from reachwell.measure import Measured
from reachwell.tuning import overlap, tune, waterfall
from reachwell.tuning.chart import write_chart
from reachwell.tuning.groups import groupings
from reachwell.tuning.plan import Planner
from tests.generated import flagged, measured, other_programme, practices
from tests.practice import programme

OF = measured(5, 400)


def judge_of(of: Measured) -> Judge:
    return Judge(Matcher([of]), practices(0.5), flagged(1, of), {})


def with_threshold(threshold: int) -> Programme:
    return programme().model_copy(update={"list": programme().list.model_copy(update={"threshold": threshold})})


def listed(judged: Programme) -> pl.DataFrame:
    return match(OF, judged).filter(pl.col("step") == "eligible", pl.col("points") >= judged.list.threshold)


@pytest.fixture(scope="module")
def swept() -> pl.DataFrame:
    drafts = [({"list.threshold": float(each)}, with_threshold(each)) for each in range(3, 12)]
    return tune.tune(Planner(judge_of(OF), [programme()]), drafts)


def test_a_sweep_counts_each_list_by_hand(swept: pl.DataFrame) -> None:
    now = {*listed(programme())["patient_id"]}
    people = OF.patients.join(OF.values.select("patient_id"), on="patient_id")
    for row in swept.iter_rows(named=True):
        rows = listed(with_threshold(int(row["list.threshold"])))
        new = {*rows["patient_id"]}
        assert (row["now"], row["new"], row["stay"]) == (len(now), len(new), len(now & new))
        assert row["known"] == [(rows[rule.id] != "not_known").sum() for rule in programme().rule]
        deciles = people.filter(pl.col("patient_id").is_in(list(new)))["imd_decile"].drop_nulls()
        assert (row["deprived"], row["fifth_known"]) == ((deciles <= 4).sum(), len(deciles))
    assert swept["places"].to_list() == [27] * swept.height


def test_what_is_told_of_a_sweep_is_rounded_and_its_shares_come_from_it(swept: pl.DataFrame) -> None:
    seen = tune.told(swept)
    assert seen.columns[0] == "list.threshold"
    for row in seen.iter_rows(named=True):
        for name in ("new", "join", "leave", "fifth_known"):
            assert row[name] is None or not row[name] % 10
        assert (row["months_to_wait"] is None) == (row["new"] is None)
        assert row["new"] is None or row["months_to_wait"] == row["new"] / 27
    assert seen.filter(pl.col("list.threshold") == 5)["share_kept"].to_list() == [1.0]


def test_one_person_more_shows_only_where_a_set_of_people_is_rounded_otherwise(swept: pl.DataFrame) -> None:
    """Somebody of whom every answer is known adds to every rule at once: no sum over rules may tell of it."""
    rules = pl.col("known").list.eval(pl.element() // 10 * 10)
    exact = swept.head(1).with_columns(new=20, stay=20, fifth_known=20, deprived=10, known=rules)
    one_more = exact.with_columns(pl.col("new", "stay", "fifth_known", "deprived") + 1, rules + 1)
    assert tune.told(one_more).equals(tune.told(exact))


def test_a_list_that_is_hidden_has_no_figures(swept: pl.DataFrame) -> None:
    few = swept.filter(pl.col("new").is_between(1, 7))
    assert few.height
    hidden = ("new", "join", "months_to_wait", "share_known", "share_kept")
    assert tune.told(few).select(hidden).null_count().row(0) == (few.height,) * len(hidden)


def one_list(size: int, rules: int) -> pl.DataFrame:
    """A sweep of one value that lists so many people, of whom every answer is known."""
    same = dict.fromkeys(("now", "new", "stay"), size)
    return pl.DataFrame([{"x": 1.0, **same, "known": [size] * rules, "fifth_known": 0, "deprived": 0, "places": 27}])


@pytest.mark.parametrize("rules", [1, 9, 40])
def test_how_much_is_known_says_no_more_of_a_list_than_its_size_told(rules: int) -> None:
    """A person gives an answer to every rule: a count of answers would tell the size exactly."""
    told_as: dict[Any, set[Any]] = {}
    for size in range(1, 60):
        (row,) = tune.told(one_list(size, rules)).iter_rows(named=True)
        told_as.setdefault(row["new"], set()).add(row["share_known"])
    assert told_as[None] == {None}
    assert all(len(shares) == 1 for shares in told_as.values())


def test_shares_of_a_sweep_are_of_what_they_say() -> None:
    exact = one_list(100, 9).with_columns(now=200, stay=50, fifth_known=80, deprived=20)
    (row,) = tune.told(exact).iter_rows(named=True)
    assert (row["join"], row["leave"]) == (50, 150)
    assert (row["share_kept"], row["share_deprived"], row["fifth_known"]) == (0.25, 0.25, 80)


def test_nobody_is_not_told_beside_a_few_of_a_sweep_and_of_a_list_without_a_part() -> None:
    """That none of the few are left, or deprived, would be told of each."""
    few = {"now": [50], "new": [3], "stay": [0]}
    exact = one_list(3, 9).with_columns(**{name: pl.Series(each) for name, each in few.items()}, fifth_known=3)
    (row,) = tune.told(exact).iter_rows(named=True)
    assert (row["join"], row["leave"], row["share_kept"], row["share_deprived"]) == (None,) * 4
    steps = pl.DataFrame({"place": [1], "step": ["x"], "patients": [9]})
    _, lists = waterfall.told(steps, pl.DataFrame({"id": ["x"], **few}))
    assert lists.select("now", "new", "stay").row(0) == (50, None, None)


def test_how_much_is_known_is_about_right(swept: pl.DataFrame) -> None:
    exact = {row["list.threshold"]: sum(row["known"]) / (row["new"] * 9 or 1) for row in swept.iter_rows(named=True)}
    long = tune.told(swept).filter(pl.col("new") >= 100)
    assert long.height
    for value, known in long.select("list.threshold", "share_known").rows():
        assert known == pytest.approx(exact[value], abs=0.1)


@pytest.mark.parametrize("second", [False, True])
def test_a_chart_is_the_same_each_time_and_says_what_it_shows(
    swept: pl.DataFrame, second: bool, tmp_path: Path
) -> None:
    seen = tune.told(swept)
    now: dict[str, float | None] = {"list.threshold": 5}
    if second:
        more = [seen.with_columns(pl.lit(worth).alias("lives_alone.points")) for worth in (1, 2)]
        seen, now = pl.concat(more), {**now, "lives_alone.points": 2}
    for name in ("one.svg", "two.svg"):
        write_chart(seen, now, tmp_path / name)
    text = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert text == (tmp_path / "two.svg").read_text(encoding="utf-8")
    words = ["People on the list", "Answers known", "two most deprived fifths", "of the live list", "live: 5"]
    for word in [*words, *(["lives_alone.points = 1", "lives_alone.points = 2"] if second else [])]:
        assert word in text


@pytest.mark.parametrize("seed", range(6))
def test_the_waterfall_ends_with_those_who_have_a_place(seed: int) -> None:
    judged = other_programme(seed)
    judge = judge_of(OF)
    found = judge.lists([judged])[judged.id]
    steps = waterfall.waterfall(judge, judged, found)
    matches = match(OF, judged)
    left = dict(steps.select("step", "patients").rows())
    assert steps["patients"].to_list() == sorted(steps["patients"], reverse=True)
    assert left["In the extract"] == 400
    assert left["Not needing another route"] == (matches["step"] == "eligible").sum()
    assert left[f"{judged.list.threshold} points or more"] == len(found.rows)
    assert left["Within this month's places"] == found.within_capacity.sum()


def test_without_each_part_the_list_is_that_of_a_file_without_it() -> None:
    without = waterfall.without_each(Planner(judge_of(OF), [programme()]), programme())
    now = {*listed(programme())["patient_id"]}
    for kind, name, _, *counts in without.rows():
        left = tuple(each for each in getattr(programme(), kind) if each.id != name)
        new = {*listed(programme().model_copy(update={kind: left}))["patient_id"]}
        assert counts == [len(now), len(new), len(now & new)]
    assert without.height == sum(len(each) for each in (programme().exclude, programme().route, programme().rule))


def test_the_waterfall_is_told_without_the_few() -> None:
    judge = judge_of(OF)
    steps = waterfall.waterfall(judge, programme(), judge.lists([programme()])[programme().id])
    seen, lists = waterfall.told(steps, waterfall.without_each(Planner(judge, [programme()]), programme()))
    for column in (seen["patients"], *(lists[name] for name in ("now", "new", "join", "leave"))):
        assert not [each for each in column.drop_nulls() if each % 10]


def by_hand(judged: Programme) -> Counter[tuple[tuple[str, ...], int]]:
    return Counter(
        (tuple(rule.id for rule in judged.rule if row[rule.id] == MET), row["points"])
        for row in listed(judged).iter_rows(named=True)
    )


@pytest.mark.parametrize("seed", range(6))
def test_combinations_are_counted_by_hand(seed: int) -> None:
    judged = other_programme(seed)
    found = overlap.overlap(judge_of(OF), judged)
    assert {(tuple(rules), points): count for rules, points, count in found.rows()} == by_hand(judged)
    assert found["patients"].to_list() == sorted(found["patients"], reverse=True)


def test_combinations_of_few_are_not_told() -> None:
    exact = overlap.overlap(judge_of(OF), with_threshold(3))
    seen, others = overlap.told(exact)
    assert others
    assert abs(exact.height - seen.height - others) <= 5
    assert not [each for each in seen["patients"] if each is None or each % 10 or not each]


@pytest.mark.parametrize("count", [7, 14, 24, 34])
def test_how_many_others_there_are_does_not_say_that_each_is_one(count: int) -> None:
    """As many other combinations as there may be people on the list at most: with fewer each they are told alike."""
    rows: list[Any] = [([f"r{place}"], 5, 1) for place in range(count)]
    schema = ["rules", "points", "patients"]
    _, all_others = overlap.told(pl.DataFrame(rows, schema=schema, orient="row"))
    _, fewer = overlap.told(pl.DataFrame(rows[1:], schema=schema, orient="row"))
    assert all_others == fewer


def test_combinations_are_ordered_by_what_is_told_of_them() -> None:
    """The order of two that are rounded alike would tell which has more."""
    rows: list[Any] = [(["b"], 5, 14), (["a"], 5, 11), (["c"], 6, 9)]
    seen, _ = overlap.told(pl.DataFrame(rows, schema=["rules", "points", "patients"], orient="row"))
    assert seen["rules"].to_list() == [["c"], ["a"], ["b"]]


# -- groups -------------------------------------------------------------------------------------------


def people(**columns: list[Any]) -> pl.DataFrame:
    count = len(next(iter(columns.values())))
    told = {"practice_id": ["A00001"] * count, "age": [50] * count, "sex": ["female"] * count,
            "imd_decile": [None] * count, "ethnicity": [None] * count, **columns}  # fmt: skip
    return pl.DataFrame(told, schema_overrides={"imd_decile": pl.Int32, "ethnicity": pl.String})


def groups(kind: str, **columns: list[Any]) -> list[str]:
    found = groupings(people(**columns))[kind]
    return [found.labels[place] for place in found.of_patient]


def test_ages_are_grouped_from_their_first_day() -> None:
    ages = [0, 17, 18, 29, 30, 44, 45, 64, 65, 79, 80, 110]
    told = ["under 18"] * 2 + ["18 to 29"] * 2 + ["30 to 44"] * 2 + ["45 to 64"] * 2 + ["65 to 79"] * 2
    assert groups("age", age=ages) == [*told, "80 and over", "80 and over"]


def test_two_deciles_are_a_fifth() -> None:
    fifths = ["1, most deprived", "1, most deprived", "2", "3", "3", "4", "5, least deprived", "not known"]
    assert groups("deprivation fifth", imd_decile=[1, 2, 3, 5, 6, 8, 10, None]) == fifths


def test_a_word_that_few_have_is_told_among_others() -> None:
    """It is as the source writes it, and may itself say who somebody is."""
    told = groups("ethnicity", ethnicity=["White"] * 120 + ["Only one of these"] + [None] * 3)
    assert Counter(told) == {"White": 120, "other": 1, "not known": 3}
    assert {*groups("ethnicity", ethnicity=["White"] * 100 + ["Black"] * 99)} == {"White", "other"}
