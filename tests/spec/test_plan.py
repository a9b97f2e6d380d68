"""A plan: who would join and leave, counted by hand, and what of it an area user may see and not find out."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import fftconvolve

from reachwell.conditions import Rule
from reachwell.criteria import Programme
from reachwell.judge import Judge
from reachwell.limits import difference, share
from reachwell.match import MET, Matcher, match
from reachwell.measure import Measured
from reachwell.small_numbers import RELATED, stands_for
from reachwell.tuning.plan import Plan, Planner
from reachwell.tuning.plan_report import plan_json
from reachwell.tuning.plan_told import Told, told
from reachwell.tuning.plan_warnings import warnings
from tests.generated import flagged, measured, other_programme, practices
from tests.practice import programme

SEEDS = st.integers(0, 10_000)
SMALL = {*range(1, 8)}
COUNTS = ("now", "new", "stay")


def planner(of: Measured, workers: float = 0.2) -> Planner:
    return Planner(Judge(Matcher([of]), practices(workers), flagged(1, of), {}), [programme()])


def planned(of: Measured, draft: Programme) -> Plan:
    return planner(of).plan(draft)


def listed(of: Measured, judged: Programme) -> set[tuple[str, str]]:
    rows = match(of, judged).filter(pl.col("step") == "eligible", pl.col("points") >= judged.list.threshold)
    return {*rows.select("practice_id", "patient_id").rows()}


@settings(max_examples=25, deadline=None)
@given(SEEDS, SEEDS)
def test_counts_are_as_by_hand(seed: int, other: int) -> None:
    of, draft = measured(seed, 80), other_programme(other)
    plan = planned(of, draft)
    now, new = listed(of, programme()), listed(of, draft)
    assert plan.totals.row(0) == ("On the list", len(now), len(new), len(now & new))
    eligible = match(of, draft).filter(pl.col("step") == "eligible")
    people = of.patients.rows_by_key(["practice_id", "patient_id"], named=True, unique=True)
    for kind, of_person in {
        "practice": lambda key: key[0],
        "sex": lambda key: people[key]["sex"],
        "age": lambda key: _age(people[key]["age"]),
    }.items():
        rows = plan.groups.filter(pl.col("kind") == kind)
        for group, pool, *counts in rows.drop("kind").rows():
            mine = {key for key in people if of_person(key) == group}
            assert pool == len(mine & {*eligible.select("practice_id", "patient_id").rows()})
            assert counts == [len(mine & each) for each in (now, new, now & new)]
        assert rows.select("now", "new").sum().row(0) == (len(now), len(new))
    for rule in draft.rule:
        met = eligible.filter(pl.col(rule.id) == MET)
        over = met.filter(pl.col("points") >= draft.list.threshold)
        alone = over.filter(pl.col("points") - rule.points < draft.list.threshold)
        row = plan.rules.filter(pl.col("rule") == rule.id)
        assert (row["met_new"][0], row["alone_new"][0]) == (met.height, alone.height)


def _age(age: int) -> str:
    starts = (0, 18, 30, 45, 65, 80)
    low = max(each for each in starts if each <= age)
    return {0: "under 18", 80: "80 and over"}.get(low) or f"{low} to {starts[starts.index(low) + 1] - 1}"


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.lists(SEEDS, min_size=2, max_size=4))
def test_a_plan_does_not_depend_on_those_before_it(seed: int, asked: list[int]) -> None:
    of = measured(seed)
    one = planner(of)
    for draft in [programme(), *map(other_programme, asked), programme()]:
        for name, table in vars(planned(of, draft)).items():
            assert table.equals(getattr(one.plan(draft), name)), name


def test_the_live_programme_itself_changes_nothing() -> None:
    plan = planned(measured(3), programme())
    assert plan.totals["now"].equals(plan.totals["new"], check_names=False)
    assert plan.totals["now"].equals(plan.totals["stay"], check_names=False)
    assert plan.rules["met_now"].equals(plan.rules["met_new"], check_names=False)


def test_who_has_a_place_may_be_swapped_though_as_many_have_one() -> None:
    """All that is changed is which of two rules gives more points."""
    of = measured(11, 200, practices=1)
    swapped = {"lives_alone": 5, "social_need": 0}
    rules = tuple(each.model_copy(update={"points": swapped.get(each.id, each.points)}) for each in programme().rule)
    plan = planned(of, programme().model_copy(update={"rule": rules}))
    what, now, new, stay = plan.totals.row(1)
    assert (what, now, new) == ("Within this month's places", 3, 3)
    assert stay < 3


def test_how_long_people_wait_is_the_list_over_the_places_of_a_month() -> None:
    of = measured(11, 200)
    plan = planner(of, workers=0.8).plan(programme())
    assert plan.places["now"].to_list() == [15, 15, 15]
    seen = told(plan)
    assert seen.wait_now == seen.totals["now"][0] / 45


def test_nobody_waits_for_places_that_there_are_not() -> None:
    seen = told(planner(measured(11, 200), workers=0).plan(programme()))
    assert seen.wait_now is None
    assert seen.wait_new is None


# -- what an area user sees -----------------------------------------------------------------------


def test_lists_within_lists_do_not_tell_of_a_few_however_they_are_planned_one_after_the_other() -> None:
    """The night's list, a plan of a longer one, that night, and a plan of a longer one still, from the first and from
    the second. Of whoever joins, if it may be 1 to 7 it may be any of 1 to 6, and 0 or 8 too.
    """
    possible: dict[tuple[Any, ...], list[tuple[int, int, int]]] = defaultdict(list)
    # Every state in which the longest list is told as 20 or less.
    for first, second, third in combinations_with_replacement(range(25), 3):
        lists = [(first, second, first), (first, third, first), (second, third, second)]
        possible[tuple(figure for each in lists for figure in RELATED["nested"](each))].append((first, second, third))
    for states in possible.values():
        for shorter, longer in ((0, 1), (1, 2), (0, 2)):
            joins = {each[longer] - each[shorter] for each in states}
            if any(each[shorter] > 7 for each in states):
                assert not joins & SMALL or joins >= SMALL - {7}, states
                assert not joins <= SMALL


def test_those_who_join_and_leave_at_once_are_not_told_of_either() -> None:
    """Whoever sees the nights before and after and the plan between: for somebody who joins or leaves any of 1 to 6."""
    possible: dict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
    for leave, stay, join in product(range(25), repeat=3):
        if leave + stay < 25 and stay + join < 25:
            possible[tuple(RELATED["nested"]([leave + stay, join + stay, stay]))].append((leave, join))
    for seen, states in possible.items():
        if None not in seen and 0 not in seen:
            for changed in ({each[0] for each in states}, {each[1] for each in states}):
                assert not changed & SMALL or changed >= SMALL - {7}, seen
                assert not changed <= SMALL, seen


LARGEST = 21


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 10)] * 3), min_size=2, max_size=3))
def test_no_hidden_cell_of_a_group_follows_from_the_groups_beside_it_and_the_total(
    exact: list[tuple[int, int, int]],
) -> None:
    """The attacker knows how it is done, and all that is told: at least two numbers remain possible for each."""
    totals = tuple(map(sum, zip(*exact, strict=True)))
    groups, whole = _told_of(exact, totals)
    boxes = [_states(row) for row in groups]
    wholes = _states(whole, LARGEST * len(exact))
    for place, row in enumerate(groups):
        sums = np.ones((1, 1, 1))
        for other in (each for at, each in enumerate(boxes) if at != place):
            sums = np.clip(np.rint(fftconvolve(sums, other)), 0, 1)
        # This group's states with which some states of the others add up to a total that is told so.
        reach = fftconvolve(wholes, sums[::-1, ::-1, ::-1])
        shift = [size - 1 for size in sums.shape]
        fits = reach[tuple(slice(each, each + LARGEST) for each in shift)] > 0.5
        left = [tuple(int(n) for n in each) for each in np.argwhere(fits & (boxes[place] > 0))]
        assert exact[place] in left
        for name, figure in zip(COUNTS, row, strict=True):
            if figure is None and _cells(exact[place])[name] in SMALL:
                assert len({_cells(each)[name] for each in left}) > 1, (exact, groups, name)


def _cells(state: Sequence[int]) -> dict[str, int]:
    leave, stay, join = state
    return {"now": leave + stay, "new": stay + join, "stay": stay}


def _told_of(exact: list[tuple[int, int, int]], totals: Sequence[int]) -> tuple[list[tuple[Any, ...]], tuple[Any, ...]]:
    """The groups' rows and the total's, as they are told."""
    groups = pl.DataFrame(
        [{"kind": "practice", "group": str(at), "pool": 1_000, **_cells(state)} for at, state in enumerate(exact)]
    )
    whole = pl.DataFrame([{"what": "On the list", **_cells(totals)}])
    places = pl.DataFrame({"practice_id": ["x"], "now": [10], "new": [10]})
    rules = pl.DataFrame(
        {"rule": ["x"], "label": ["x"], "met_now": [9], "met_new": [9], "alone_now": [9], "alone_new": [9]}
    )
    seen = told(Plan(whole, groups, rules, places))
    return seen.groups.select(COUNTS).rows(), seen.totals.select(COUNTS).row(0)


def _states(row: Sequence[int | None], largest: int = LARGEST) -> np.ndarray:
    """Which states (leave, stay, join) a row of figures may stand for; what is hidden may be anything."""
    ranges = [range(3 * largest) if figure is None else stands_for(figure) for figure in row]
    leave, stay, join = np.indices((largest, largest, largest))
    sizes = (leave + stay, stay + join, stay)
    fits = [np.isin(size, [*each]) for size, each in zip(sizes, ranges, strict=True)]
    return np.logical_and.reduce(fits).astype(float)


def test_shares_come_from_the_figures_told() -> None:
    """So that no share says more than the counts beside it."""
    seen = told(planned(measured(5, 400), other_programme(2)))
    whole = {"pool": seen.pool, "now": seen.totals["now"][0], "new": seen.totals["new"][0]}
    for row in seen.groups.iter_rows(named=True):
        for name, of in whole.items():
            if row[name] is None or not of:
                assert row[f"share_{name}"] is None
            else:
                assert row[f"share_{name}"] == pytest.approx(min(row[name] / of, 1))


def test_all_that_is_told_is_hidden_or_rounded() -> None:
    seen = told(planned(measured(5, 400), other_programme(2)))
    for table in (seen.totals, seen.groups, seen.rules):
        for name in (each for each, kind in table.schema.items() if kind == pl.Int64):
            assert not [each for each in table[name].drop_nulls() if each % 10]


def a_plan(whole: Sequence[int], groups: Sequence[tuple[str, int, int]] = (), rules: Sequence[int] = (9,) * 4) -> Plan:
    """whole: now, new and stay. groups: of the deprivation fifths, who may be listed and who would be."""
    rows = [
        {"kind": "deprivation fifth", "group": name, "pool": pool, "now": new, "new": new, "stay": new}
        for name, pool, new in groups
    ]
    everybody = {"kind": "practice", "group": "x", "pool": 1_000, **dict(zip(COUNTS, whole, strict=True))}
    met = dict(zip(("met_now", "met_new", "alone_now", "alone_new"), rules, strict=True))
    return Plan(
        pl.DataFrame([{"what": "On the list", **dict(zip(COUNTS, whole, strict=True))}]),
        pl.DataFrame([everybody, *rows]),
        pl.DataFrame([{"rule": "x", "label": "x", **met}]),
        pl.DataFrame({"practice_id": ["x"], "now": [10], "new": [20]}),
    )


def test_who_joins_and_leaves_is_the_difference_to_those_on_both_lists() -> None:
    seen = told(a_plan((50, 80, 30)))
    assert seen.totals.select("join", "leave").row(0) == (50, 20)
    assert (seen.wait_now, seen.wait_new) == (5, 4)


def test_beside_a_few_nobody_is_not_told() -> None:
    """Of a list and of a rule: that none of the few are left would be told of each of them."""
    seen = told(a_plan((50, 3, 0), rules=(50, 50, 3, 0)))
    assert seen.totals.select(COUNTS).row(0) == (50, None, None)
    assert seen.rules.drop("rule", "label").row(0) == (50, 50, None, None)


def test_a_group_is_compared_with_all_others_who_may_be_listed() -> None:
    """Its share of the list less its share of those who are not on it; of the fifths only those whose is known."""
    seen = told(
        a_plan((200,) * 3, [("1, most deprived", 300, 100), ("2", 100, 20), ("3", 200, 80), ("not known", 400, 0)])
    )
    first = seen.groups.filter(group="1, most deprived").row(0, named=True)
    by_hand = difference(share(100, 200), share(200, 800))
    assert by_hand
    assert (first["gap"], first["gap_low"], first["gap_high"]) == (by_hand.value, by_hand.low, by_hand.high)
    assert seen.deprived == difference(share(120, 200), share(280, 400))


def test_programmes_that_share_the_places_are_planned_together() -> None:
    of = measured(11, 200)
    first, second = programme(), programme().model_copy(update={"id": "second"})
    judge = Judge(Matcher([of]), practices(1.0), flagged(1, of), {})
    left = int(judge.lists([first, second])["second"].within_capacity.sum())
    assert 0 < left < judge.lists([second])["second"].within_capacity.sum()
    plan = Planner(judge, [first, second]).plan(second)
    assert plan.totals.row(1)[1:] == (left,) * 3


def test_a_rule_with_bands_is_met_from_its_lowest() -> None:
    bands = [{"at_least": each, "points": points} for each, points in ((2, 1), (10, 5))]
    often = {"id": "often", "label": "x", "feature": "contact_days", "within": "12 months", "bands": bands}
    of = measured(5, 200)
    judged = programme().model_copy(update={"rule": (Rule.model_validate(often),)})
    eligible = match(of, judged).filter(pl.col("step") == "eligible")
    (row,) = planned(of, judged).rules.filter(rule="often").iter_rows(named=True)
    assert row["met_new"] == (eligible["points"] >= 1).sum()
    assert row["alone_new"] == (eligible["points"] >= 5).sum() < row["met_new"]


# -- warnings ---------------------------------------------------------------------------------------


def warned(of: Measured, draft: Programme, workers: float = 0.2, today: date = date(2026, 11, 21)) -> str:
    one = planner(of, workers)
    plan = one.plan(draft)
    return "\n".join(warnings(plan, told(plan), draft, Matcher([of]), today))


def without_known(of: Measured, key: str) -> Measured:
    return replace(of, values=of.values.with_columns(pl.lit(None, pl.Float64).alias(key)))


def only(rule: str, **changes: object) -> Programme:
    rules = tuple(each.model_copy(update=changes) for each in programme().rule if each.id == rule)
    return programme().model_copy(update={"rule": rules})


def test_a_rule_that_no_one_or_nearly_everyone_meets_is_named() -> None:
    of = measured(7, 300)
    assert "rule 'long_term_conditions': no one meets it" in warned(of, only("long_term_conditions", at_least=99.0))
    known = replace(of, values=of.values.with_columns(pl.col("long_term_conditions").fill_null(3.0)))
    everyone = only("long_term_conditions", at_least=0.0)
    assert "rule 'long_term_conditions': nearly everyone who may be listed meets it" in warned(known, everyone)


def test_a_feature_that_is_known_for_few_is_named() -> None:
    of = without_known(measured(7, 300), "pam_level within 24 months")
    assert "'pam_level within 24 months' is known for 0 of " in warned(of, programme())
    assert "contact_days" not in warned(of, programme())


def test_a_review_that_is_overdue_is_told_from_the_day_after() -> None:
    due = programme().review_due
    assert "review was due on 1 Nov 2027" in warned(measured(7), programme(), today=due + timedelta(days=1))
    assert "review was due" not in warned(measured(7), programme(), today=due)


def test_a_threshold_that_nobody_can_reach_is_told() -> None:
    assert "all rules together give 1 points, 5 are needed" in warned(measured(7), only("long_term_conditions"))


def test_places_that_nobody_would_take_are_told() -> None:
    assert "the list is shorter than this month's 111 places" in warned(measured(7), programme(), workers=2.0)
    assert "there are no places" in warned(measured(7), programme(), workers=0.0)


@pytest.mark.parametrize(
    ("listed", "workers", "is_shorter"),
    [(None, 0.5, True), (None, 0.2, False), (10, 0.8, True), (10, 0.7, False), (20, 0.8, False)],
)
def test_a_list_is_called_short_only_where_what_is_told_of_it_says_so(
    listed: int | None, workers: float, is_shorter: bool
) -> None:
    """Hidden it may be 7, and 10 may be 14; there are 9, 3, 15 and 13 places."""
    of = measured(7, practices=1)
    one = planner(of, workers)
    plan, draft = one.plan(programme()), programme()
    seen = told(plan)
    shown = replace(seen, totals=seen.totals.with_columns(new=pl.lit(listed, pl.Int64)))
    found = warnings(plan, shown, draft, Matcher([of]), date(2026, 11, 21))
    assert any("the list is shorter" in each for each in found) == is_shorter


def test_a_list_more_affluent_than_its_pool_is_told() -> None:
    """Everybody over the threshold lives in the least deprived fifth, the others in the most deprived one."""
    of = measured(7, 600)
    over = pl.Series([key in listed(of, programme()) for key in of.patients.select("practice_id", "patient_id").rows()])
    fair = replace(of, patients=of.patients.with_columns(imd_decile=pl.lit(5, pl.Int32)))
    skewed = replace(
        of, patients=of.patients.with_columns(imd_decile=pl.when(over).then(10).otherwise(1).cast(pl.Int32))
    )
    assert "more affluent than those it is drawn from: 100% fewer of it" in warned(skewed, programme())
    assert "affluent" not in warned(fair, programme())


def test_json_holds_the_limits_of_what_is_compared() -> None:
    of = measured(7, 600)
    plan = planned(of, programme())
    seen: Told = told(plan)
    found = plan_json(seen, ["x"])
    assert {"value", "low", "high"} == {*found["two_most_deprived_fifths"]}
    assert found["warnings"] == ["x"]
