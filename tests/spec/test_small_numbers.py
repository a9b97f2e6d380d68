"""Small numbers: what an area user may see of counts of patients, and what an attacker may not learn from it.

Source of the thresholds: OpenSAFELY's disclosure control.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reachwell.errors import UsageError
from reachwell.small_numbers import RELATED, for_area, shown_count

Counts = Sequence[int | None]
COUNTS = {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 1_002: 1_000, 1_003: 1_005}
SMALL = {*range(1, 8)}


def told(counts: Counts, related: str = "alone") -> list[int | None]:
    """Counts as an area user sees them."""
    frame = pl.DataFrame({"patients": counts}, schema={"patients": pl.Int64})
    return for_area(frame, ["patients"], related)["patients"].to_list()


@pytest.mark.parametrize("related", ["alone", "steps", "parts"])
@pytest.mark.parametrize(("count", "seen"), COUNTS.items())
def test_up_to_7_are_hidden_and_the_rest_rounded_to_5(count: int, seen: int | None, related: str) -> None:
    """Nobody stays nobody: an empty count tells of no person."""
    assert told([count], related) == [seen]


@pytest.mark.parametrize("related", ["alone", "steps", "parts"])
def test_a_count_that_is_not_known_is_not_shown(related: str) -> None:
    assert told([None, 20], related) == [None, 20]
    assert told([], related) == []


@pytest.mark.parametrize(("seen", "words"), [(None, "7 or fewer"), (0, "0"), (10, "10"), (1_005, "1,005")])
def test_a_hidden_count_is_shown_as_7_or_fewer(seen: int | None, words: str) -> None:
    assert shown_count(seen) == words


STEPS = [
    ("nobody dropped", [20, 20, 20], [20, 20, 20]),
    ("a few dropped, as if nobody had", [40, 33, 31], [40, 40, 40]),
    ("a few and a few more are many", [40, 35, 30, 25], [40, 40, 30, 30]),
    ("ten are told", [1_000, 990], [1_000, 990]),
    ("nobody is left of many", [9, 0, 0], [10, 0, 0]),
    ("few are left, then nobody: that would be a drop of few", [30, 3, 0], [30, None, None]),
    ("nobody from the start", [0, 0], [0, 0]),
    ("not known in between", [30, None, 12], [30, None, 10]),
]


@pytest.mark.parametrize(("exact", "seen"), [row[1:] for row in STEPS], ids=[row[0] for row in STEPS])
def test_steps(exact: Counts, seen: Counts) -> None:
    assert told(exact, "steps") == seen


def test_steps_that_rise_are_none() -> None:
    with pytest.raises(UsageError, match="larger than the one before"):
        told([10, 20], "steps")


PARTS = [
    ("no small one", [20, 30, 40], [20, 30, 40]),
    ("a small one is never the only one hidden", [3, 20, 30, 40], [None, None, 30, 40]),
    ("nobody is no small one", [0, 20, 30], [0, 20, 30]),
    ("nobody's cell hides nothing", [0, 3, 20, 30], [0, None, None, 30]),
    ("two small ones that the others leave open", [3, 4, 20, 30, 40], [None, None, 20, 30, 40]),
    ("two small ones of whom hardly anybody is left", [1, 1, 20, 30], [None, None, None, 30]),
    ("a small one alone", [3], [None]),
]


@pytest.mark.parametrize(("exact", "seen"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
def test_parts_of_a_total(exact: Counts, seen: Counts) -> None:
    assert told(exact, "parts") == seen


def test_rows_belong_together_by_the_columns_named_and_others_stay() -> None:
    frame = pl.DataFrame(
        {"practice": ["A", "B", "A", "B"], "place": [1, 1, 2, 2], "all": [50, 30, 45, 4], "new": [9, 9, 9, 0]}
    )
    seen = for_area(frame, ["all", "new"], "steps", ["practice"])
    assert seen.columns == frame.columns
    assert seen.select("practice", "place").equals(frame.select("practice", "place"))
    assert seen["all"].to_list() == [50, 30, 50, None]
    assert seen["new"].to_list() == [10, 10, 10, 0]


def _chains(seen: list[int | None], begun: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """Every exact chain that is told as this one is: the attacker knows how it is done."""
    if len(begun) == len(seen):
        yield begun
        return
    figure = seen[len(begun)]
    highest = min(begun[-1:] or (10_000,))
    of_figure = range(8) if figure is None else [0] if figure == 0 else range(max(figure - 12, 8), figure + 3)
    for count in of_figure:
        chain = (*begun, count)
        if count <= highest and RELATED["steps"](chain) == seen[: len(chain)]:
            yield from _chains(seen, chain)


def _is_safe(exact: Sequence[int]) -> None:
    seen = told(exact, "steps")
    chains = list(_chains(seen))
    assert tuple(exact) in chains
    for first, later in combinations(range(len(seen)), 2):
        drops = {chain[first] - chain[later] for chain in chains}
        assert not drops <= SMALL, (exact, seen)
        if seen[first] == seen[later]:
            assert 0 in drops, (exact, seen)
    # The first row of a figure is the one whose own figure it is.
    own = [count for place, count in enumerate(exact) if seen[place] is not None and seen.index(seen[place]) == place]
    assert all(before - after >= 8 for before, after in pairwise(own)), (exact, seen)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=1, max_size=4), st.integers(0, 10))
def test_no_pair_of_steps_says_that_a_few_dropped_out(drops: list[int], left: int) -> None:
    _is_safe([left + sum(drops[place:]) for place in range(len(drops) + 1)])


def test_limits_that_add_up_over_many_steps_say_nothing_either() -> None:
    """Told at drops of 8, these five could only be themselves, and the last drop one of 1 to 7."""
    _is_safe([32, 24, 16, 8, 3])


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
    hidden = {place: range(1, 8) if place in small else range(8, min(shown) + 3) for place in range(len(exact))}
    ranges = [
        hidden[place] if figure is None else range(figure - 2 if figure else 0, figure + 3 if figure else 1)
        for place, figure in enumerate(seen)
    ]
    tables = list(_tables(sum(exact), ranges))
    assert tuple(exact) in tables
    for place in small:
        assert {table[place] for table in tables} == SMALL, (exact, seen)
