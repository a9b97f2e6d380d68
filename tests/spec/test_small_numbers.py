"""Small numbers: what an area user may see of counts of patients, and what an attacker may not learn from it.

Source of the thresholds: OpenSAFELY's disclosure control.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reachwell.small_numbers import RELATED, for_area, shown_count, stands_for

Counts = Sequence[int | None]
COUNTS = {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 1_002: 1_000, 1_003: 1_005}
SMALL = {*range(1, 8)}


def told(counts: Counts, related: str = "alone") -> list[int | None]:
    """Counts as an area user sees them."""
    frame = pl.DataFrame({"patients": counts}, schema={"patients": pl.Int64})
    return for_area(frame, ["patients"], related)["patients"].to_list()


TO_TEN = {0: 0, 1: None, 7: None, 8: 10, 14: 10, 15: 20, 24: 20, 1_004: 1_000, 1_005: 1_010}


@pytest.mark.parametrize(("count", "seen"), COUNTS.items())
def test_up_to_7_are_hidden_and_the_rest_rounded_to_5(count: int, seen: int | None) -> None:
    """Nobody stays nobody: an empty count tells of no person."""
    assert told([count]) == [seen]


@pytest.mark.parametrize("related", ["nested", "parts"])
@pytest.mark.parametrize(("count", "seen"), TO_TEN.items())
def test_counts_that_hang_together_are_rounded_to_10(count: int, seen: int | None, related: str) -> None:
    assert told([count], related) == [seen]


@pytest.mark.parametrize("related", RELATED)
@pytest.mark.parametrize("count", range(40))
def test_a_figure_stands_for_the_counts_that_are_told_as_it_is(count: int, related: str) -> None:
    (figure,) = told([count], related)
    if figure is not None:
        rounded_to = 5 if related == "alone" else 10
        assert list(stands_for(figure, rounded_to)) == [each for each in range(60) if told([each], related) == [figure]]


@pytest.mark.parametrize("related", RELATED)
def test_a_count_that_is_not_known_is_not_shown(related: str) -> None:
    assert told([None, 20], related) == [None, 20]
    assert told([], related) == []


@pytest.mark.parametrize(("seen", "words"), [(None, "7 or fewer"), (0, "0"), (10, "10"), (1_005, "1,005")])
def test_a_hidden_count_is_shown_as_7_or_fewer(seen: int | None, words: str) -> None:
    assert shown_count(seen) == words


NESTED = [
    ("nobody dropped", [20, 20, 20], [20, 20, 20]),
    ("a few dropped", [44, 37, 35], [40, 40, 40]),
    ("many dropped", [1_000, 990], [1_000, 990]),
    ("in any order", [10, 30, 20], [10, 30, 20]),
    ("nobody is left of many", [9, 0, 0], [10, 0, 0]),
    ("few are left, then nobody: that all of them dropped would be told of each", [30, 3, 0], [30, None, None]),
    ("nobody from the start", [0, 0], [0, 0]),
    ("not known in between", [30, None, 12], [30, None, 10]),
]


@pytest.mark.parametrize(("exact", "seen"), [row[1:] for row in NESTED], ids=[row[0] for row in NESTED])
def test_nested_counts(exact: Counts, seen: Counts) -> None:
    assert told(exact, "nested") == seen


PARTS = [
    ("no small one", [20, 30, 40], [20, 30, 40]),
    ("a small one is never the only one hidden", [3, 20, 30, 40], [None, None, 30, 40]),
    ("nobody is no small one", [0, 20, 30], [0, 20, 30]),
    ("nobody's cell hides nothing", [0, 3, 20, 30], [0, None, None, 30]),
    ("two small ones that the others leave open", [3, 4, 20, 30, 40], [None, None, 20, 30, 40]),
    ("two small ones of whom hardly anybody is left", [1, 1, 20, 30], [None, None, 20, 30]),
    ("a small one and the smallest, which would leave it open to 6 only", [1, 8, 30], [None, None, None]),
    ("a small one alone", [3], [None]),
    ("a small one and nobody: all of the total would be that one's", [0, 3], [None, None]),
    ("few beside nobody: their number would say that each is one", [1] * 7 + [0], [None] * 8),
    ("none but nobody", [0, 0], [0, 0]),
    ("a small one, many and nobody: the many leave it open", [1, 49, 0], [None, None, 0]),
    ("a small one, so few that they do not, and nobody", [1, 8, 0], [None, None, None]),
]


@pytest.mark.parametrize(("exact", "seen"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts_of_a_total(exact: Counts, seen: Counts) -> None:
    assert told(exact, "parts") == seen


def test_rows_belong_together_by_the_columns_named_and_others_stay() -> None:
    frame = pl.DataFrame(
        {"practice": ["A", "B", "A", "B"], "place": [1, 1, 2, 2], "all": [50, 30, 45, 4], "new": [9, 9, 9, 0]}
    )
    seen = for_area(frame, ["all", "new"], "nested", ["practice"])
    assert seen.columns == frame.columns
    assert seen.select("practice", "place").equals(frame.select("practice", "place"))
    assert seen["all"].to_list() == [50, 30, 50, None]
    assert seen["new"].to_list() == [10, 10, 10, 0]


def test_no_two_nested_figures_say_that_a_few_lie_between_however_many_are_told() -> None:
    """What a figure stands for does not depend on any other, so that every pair can be looked at alone.

    Whoever reads a part's figure and the whole's, tonight or on two nights, before or after a change, must not learn
    that 1 to 7 lie between; and where they may, any of 1 to 6 may. (7 is ruled out where both are told as 10.)
    """
    between: defaultdict[tuple[int | None, ...], set[int]] = defaultdict(set)
    for whole, part in product(range(95), repeat=2):
        if part <= whole:
            between[tuple(told([whole], "nested") + told([part], "nested"))].add(whole - part)
    for (whole, part), counts in between.items():
        if whole is None or part is None or whole > 80:
            # A hidden count is known to be small, and says of nobody but itself.
            continue
        assert not counts <= SMALL, (whole, part)
        assert not counts & SMALL or counts >= SMALL - {7}, (whole, part)


def _tables(total: int, ranges: Sequence[range]) -> Iterator[tuple[int, ...]]:
    """Every table of a total whose cells lie in these ranges."""
    if not ranges:
        if total == 0:
            yield ()
        return
    for count in ranges[0]:
        if count <= total:
            yield from ((count, *rest) for rest in _tables(total - count, ranges[1:]))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 9), st.integers(0, 30)), min_size=1, max_size=4))
def test_a_hidden_part_does_not_follow_from_the_total_and_the_others(exact: list[int]) -> None:
    """The attacker knows the exact total, which hidden cells are small, and that the others were the smallest shown."""
    seen = told(exact, "parts")
    shown = [figure for figure in seen if figure]
    small = [place for place, count in enumerate(exact) if count in SMALL]
    assert all(seen[place] is None for place in small)
    assert small or None not in seen
    if not shown:
        # Nothing is left to hide.
        return
    hidden = {
        place: range(1, 8) if place in small else range(8, stands_for(min(shown)).stop) for place in range(len(exact))
    }
    ranges = [hidden[place] if figure is None else stands_for(figure) for place, figure in enumerate(seen)]
    tables = list(_tables(sum(exact), ranges))
    assert tuple(exact) in tables
    for place in small:
        assert {table[place] for table in tables} == SMALL, (exact, seen)
