"""The judge: lists in full order, within places, and the same whatever was asked of it before."""

from datetime import date
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reachwell import order
from reachwell.combinations import combinations
from reachwell.conditions import Rule
from reachwell.criteria import Programme
from reachwell.judge import Judge, Listed
from reachwell.match import MET, Matcher, match
from reachwell.measure import Measured
from reachwell.places import places_a_month
from tests.generated import flagged, measured, other_programme, practices
from tests.practice import programme

SEEDS = st.integers(0, 10_000)


def listed_by_hand(
    of: Measured, judged: Programme, first_flagged: pl.DataFrame, workers: float, taken: dict[str, int]
) -> list[tuple[str, str, int, int, date, bool]]:
    """practice, patient, points, rank, first flagged on, within places: sorted and counted in plain Python."""
    matches = match(of, judged)
    days = {(ods, patient): on for _, ods, patient, on in first_flagged.filter(programme=judged.id).rows()}
    found = []
    for ods in sorted({*of.patients["practice_id"]}):
        people = []
        for row in matches.filter(practice_id=ods).iter_rows(named=True):
            points = sum(rule.points for rule in judged.rule if row[rule.id] == MET)
            assert row["points"] == points
            if row["step"] == "eligible" and points >= judged.list.threshold:
                first = min(days.get((ods, row["patient_id"]), of.on), of.on)
                (lot,) = order.lots(judged.id, [(ods, row["patient_id"], of.on)])
                people.append((-points, first, lot, row["patient_id"]))
        places = places_a_month(practices(workers)[int(ods[1:])], judged) - taken.get(ods, 0)
        for rank, (points, first, _, patient) in enumerate(sorted(people), 1):
            found.append((ods, patient, -points, rank, first, rank <= places))
    return found


def as_rows(judge: Judge, listed: Listed) -> list[tuple[str, str, int, int, date, bool]]:
    people = judge.matcher.patients.select("practice_id", "patient_id")[listed.rows]
    days = pl.Series(listed.first_flagged_on, dtype=pl.Int32).cast(pl.Date)
    return people.with_columns(
        points=pl.Series(listed.points),
        rank=pl.Series(listed.rank),
        first=days,
        within=pl.Series(listed.within_capacity),
    ).rows()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.sampled_from([0.0, 0.16, 1.0]), st.lists(SEEDS, min_size=1, max_size=4))
def test_lists_are_as_by_hand_whatever_was_asked_before(seed: int, workers: float, asked: list[int]) -> None:
    """One judge answers for programme after programme, and the first one once more."""
    of = measured(seed)
    first_flagged = flagged(seed, of)
    judge = Judge(Matcher([of]), practices(workers), first_flagged, {"A00001": 2})
    programmes = [programme(), *map(other_programme, asked)]
    for judged in [*programmes, programmes[0]]:
        listed = judge.lists([judged])[judged.id]
        assert as_rows(judge, listed) == listed_by_hand(of, judged, first_flagged, workers, {"A00001": 2})
        assert judge.matcher.match(judged).equals(match(of, judged))


@settings(max_examples=20, deadline=None)
@given(SEEDS, SEEDS)
def test_programmes_share_the_places_in_their_order(seed: int, other: int) -> None:
    of = measured(seed)
    first_flagged = pl.concat([flagged(seed, of), flagged(seed + 1, of, "second")])
    judge = Judge(Matcher([of]), practices(0.3), first_flagged, {})
    first, second = programme(), other_programme(other, "second")
    lists = judge.lists([first, second])
    taken = lists[first.id].used
    assert as_rows(judge, lists["second"]) == listed_by_hand(of, second, first_flagged, 0.3, taken)


@settings(max_examples=10, deadline=None)
@given(SEEDS, SEEDS)
def test_each_programme_has_what_all_before_it_and_the_referrals_leave(seed: int, other: int) -> None:
    """Also where the programme just before takes no place of a practice."""
    of = measured(seed)
    nobody = flagged(1, of).clear()
    judge = Judge(Matcher([of]), practices(0.3), nobody, {"A00001": 2})
    nobodys = programme().list.model_copy(update={"threshold": 1_000})
    second = programme().model_copy(update={"id": "second", "list": nobodys})
    first, third = programme(), other_programme(other, "third")
    lists = judge.lists([first, second, third])
    taken = {ods: lists[first.id].used[ods] + {"A00001": 2}.get(ods, 0) for ods in judge.codes}
    assert not any(lists["second"].used.values())
    assert as_rows(judge, lists["third"]) == listed_by_hand(of, third, nobody, 0.3, taken)


def test_a_place_that_floating_point_loses_is_there() -> None:
    """1.14 link workers of 200 people a year are 19 places a month, and 18.999999999999996 in floating point."""
    caseload = programme().list.model_copy(update={"caseload_per_year": 200})
    assert places_a_month(practices(1.14)[0], programme().model_copy(update={"list": caseload})) == 19


def test_a_lot_is_each_persons_own_and_drawn_anew_each_month_and_for_each_programme() -> None:
    """Alike each night of a month."""
    first, last = date(2026, 11, 1), date(2026, 11, 30)
    (lot,) = order.lots("one", [("A00001", "P1", first)])
    assert order.lots("one", [("A00001", "P1", last)]) == [lot]
    others = [("A00001", "P1", date(2026, 12, 1)), ("A00001", "P2", first), ("A00002", "P1", first)]
    assert len({lot, *order.lots("one", others), *order.lots("two", [("A00001", "P1", first)])}) == 5


@pytest.mark.parametrize("change", [{"id": "other"}, {"at_least": 1.0}])
def test_a_part_is_not_taken_for_one_that_differs_in_its_name_or_its_number_alone(change: dict[str, object]) -> None:
    """An id tells where somebody falls; and a number of an exclusion or a route can be swept like any other."""
    of = measured(3, 200)
    matcher = Matcher([of])
    (severe,) = (each for each in programme().route if each.id == "severe_depression")
    severe = severe.model_copy(update={"at_least": 5.0})
    seen = []
    for part in (severe, severe.model_copy(update=change)):
        judged = programme().model_copy(update={"route": (part,)})
        seen.append(matcher.step(judged))
        assert seen[-1].equals(Matcher([of]).step(judged))
    assert not seen[0].equals(seen[1])


def test_a_route_is_of_those_alone_who_would_be_eligible_without_it() -> None:
    step = Matcher([measured(3, 200)]).step(programme())
    routed = step.filter(pl.col("route").is_not_null())
    assert {*routed["step"]} == {"another route"}
    assert routed.height == step.filter(pl.col("step") == "another route").height > 0


def test_batches_of_different_days_are_judged_each_by_its_own() -> None:
    """The lot, and who was flagged when, are of each practice's own index date."""
    early = measured(1, on=date(2026, 10, 31))
    late = measured(2, on=date(2026, 11, 1))
    late = Measured(
        late.on,
        late.patients.with_columns(practice_id=pl.lit("A00003")),
        late.values.with_columns(practice_id=pl.lit("A00003")),
        {},
        late.features,
    )
    nobody = flagged(1, early).clear()
    both = Judge(Matcher([early, late]), practices(0.5, 4), nobody, {})
    apart = [Judge(Matcher([each]), practices(0.5, 4), nobody, {}) for each in (early, late)]
    together = as_rows(both, both.lists([programme()])[programme().id])
    assert together == [row for each in apart for row in as_rows(each, each.lists([programme()])[programme().id])]
    assert {row[4] for row in together} == {early.on, late.on}


def test_nobody_is_listed_of_no_patients() -> None:
    nobody = measured(1, patients=0)
    judge = Judge(Matcher([nobody]), practices(1.0), flagged(1, nobody), {})
    assert as_rows(judge, judge.lists([programme()])[programme().id]) == []


@settings(max_examples=50, deadline=None)
@given(SEEDS, st.integers(0, 40), st.integers(1, 40))
def test_combinations_are_those_that_occur_and_everybody_has_his(seed: int, patients: int, conditions: int) -> None:
    """Of however many conditions: a code of so many bits would not do."""
    draw = Random(seed)
    met = [pl.Series([draw.random() < 0.5 for _ in range(patients)], dtype=pl.Boolean) for _ in range(conditions)]
    found = combinations([each.to_numpy() for each in met], patients)
    assert [tuple(found.met[place]) for place in found.of_patient] == list(zip(*met, strict=True))
    assert len({tuple(row) for row in found.met.tolist()}) == len(found.met)
    worth = [draw.randrange(5) for _ in range(conditions)]
    by_hand = [sum(w for w, m in zip(worth, row, strict=True) if m) for row in zip(*met, strict=True)]
    assert found.points(worth)[found.of_patient].tolist() == by_hand


@pytest.mark.parametrize(("value", "points"), [(4, 0), (5, 1), (9, 1), (10, 2), (20, 4), (99, 4)])
def test_a_rule_with_bands_gives_the_points_of_the_highest_that_fits(value: int, points: int) -> None:
    bands = [{"at_least": 5, "points": 1}, {"at_least": 10, "points": 2}, {"at_least": 20, "points": 4}]
    rule = Rule.model_validate({"id": "often", "label": "Often", "feature": "contact_days", "bands": bands})
    of = measured(1, patients=1)
    key = "contact_days within 12 months"
    values = of.values.with_columns(pl.lit(float(value)).alias(key), pl.lit(False).alias(f"{key} at least"))
    judged = programme().model_copy(update={"rule": (rule,)})
    assert match(Measured(of.on, of.patients, values, {}, of.features), judged)["points"].to_list() == [points]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 3)] * 3, st.integers(0, 2**64 - 1)), max_size=30), st.booleans())
def test_the_order_is_by_practice_points_first_day_and_the_whole_lot(
    people: list[tuple[int, int, int, int]], alike: bool
) -> None:
    """Also where two lots begin with the same bits."""
    if alike:
        people = [(ods, points, day, lot % 4) for ods, points, day, lot in people]
    columns = list(zip(*people, strict=True)) or [()] * 4
    kinds = (np.int32, np.int32, np.int32, np.uint64)
    found = order.in_order(*[np.array(each, dtype=kind) for each, kind in zip(columns, kinds, strict=True)])
    by_hand = sorted((ods, -points, day, lot) for ods, points, day, lot in people)
    assert [(ods, -points, day, lot) for ods, points, day, lot in (people[place] for place in found)] == by_hand
