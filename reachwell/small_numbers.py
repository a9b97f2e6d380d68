"""Small numbers: what an area user may see of counts of patients, however they hang together."""

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from reachwell.errors import UsageError

HIDDEN_UP_TO = 7
ROUNDED_TO = 5
# Half of what a rounded figure stands for: 10 is 8 to 12.
_AROUND = ROUNDED_TO // 2
# A drop of 8 would do for one pair. Over several steps an attacker adds the limits up: 32, 24, 16, 8 can only be these
# four counts, and then 3 is a drop of 1 to 7. At 10 every figure may still be the highest of those it stands for.
_LEAST_DROP = 2 * ROUNDED_TO

_Rule = Callable[[Sequence[int | None]], list[int | None]]


def for_area(
    frame: pl.DataFrame, counts: Sequence[str], related: str = "alone", within: Sequence[str] = ()
) -> pl.DataFrame:
    """A frame whose counts of patients are as an area user may see them; its other columns stay.

    counts: the columns to suppress, each for itself. related: how the counts of one column hang together, a key of
    RELATED. within: the columns whose values say which rows belong together; none if all do. A count that is not known
    (null) stays so. Raises UsageError where steps rise.

    alone: 0 stays 0; 1 to 7 become null, which is shown as "7 or fewer"; the rest are rounded to 5 (8 becomes 10, 12
    becomes 10, 13 becomes 15). Source: the thresholds of OpenSAFELY's disclosure control.

    steps: each row is what is left of the one before. As alone, but a count fewer than 10 below the last that was told
    is told as if nobody had dropped, and after a hidden count all are hidden, also 0. So no two figures say that 1 to 7
    people dropped out between them.

    parts: the rows add up to a total that is known. As alone, but a hidden count is never the only one, and where one
    would follow from the total and the others the next smallest is hidden too (null), until each can be any of 1 to 7.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, key in enumerate(frame.select(within).rows() if within else [()] * frame.height):
        groups.setdefault(key, []).append(place)
    return frame.with_columns(_told(frame[name].cast(pl.Int64), RELATED[related], groups.values()) for name in counts)


def _told(counts: pl.Series, rule: _Rule, groups: Iterable[Sequence[int]]) -> pl.Series:
    """A column as the rule tells it, group by group. groups: the places of the rows that belong together."""
    exact = counts.to_list()
    told: list[int | None] = [None] * len(exact)
    for places in groups:
        for place, figure in zip(places, rule([exact[each] for each in places]), strict=True):
            told[place] = figure
    return pl.Series(counts.name, told, dtype=pl.Int64)


def shown_count(count: int | None) -> str:
    """A suppressed count in words."""
    return f"{HIDDEN_UP_TO} or fewer" if count is None else f"{count:,}"


def _is_small(count: int | None) -> bool:
    return count is not None and 0 < count <= HIDDEN_UP_TO


def _rounded(count: int) -> int:
    return (count + _AROUND) // ROUNDED_TO * ROUNDED_TO


def _alone(counts: Sequence[int | None]) -> list[int | None]:
    return [None if count is None or _is_small(count) else _rounded(count) for count in counts]


def _steps(counts: Sequence[int | None]) -> list[int | None]:
    told: list[int | None] = []
    known = [count for count in counts if count is not None]
    if known != sorted(known, reverse=True):
        raise UsageError("a count is larger than the one before it, so they are no steps")
    anchor: int | None = None
    hidden = False
    for count in counts:
        hidden = hidden or _is_small(count)
        if count is None or hidden:
            told.append(None)
            continue
        # Whatever was told is 8 or more, so that nobody left is never a drop of a few.
        if anchor is None or not count or anchor - count >= _LEAST_DROP:
            anchor = count
        told.append(_rounded(anchor))
    return told


def _parts(counts: Sequence[int | None]) -> list[int | None]:
    told = _alone(counts)
    small = sum(map(_is_small, counts))
    total = sum(count for count in counts if count)
    # By the figure and not by the count: the order in which they go then says nothing that was not told.
    smallest_first = sorted((figure, place) for place, figure in enumerate(told) if figure)
    for large, (_, place) in enumerate(smallest_first):
        if not small or _is_open(total, [figure for figure in told if figure], small, large):
            break
        told[place] = None
    return told


def _is_open(total: int, shown: Sequence[int], small: int, large: int) -> bool:
    """Whether a small count can be anything from 1 to 7 for somebody who knows the exact total and the figures shown.

    small, large: how many hidden counts are 1 to 7, and how many are more, which are told to be among the smallest.
    """
    if small + large == 1:
        return False
    least = total - sum(figure + _AROUND for figure in shown) - HIDDEN_UP_TO * (small - 1)
    most = total - sum(figure - _AROUND for figure in shown) - (small - 1)
    if large:
        least -= large * (min(shown) + _AROUND)
        most -= large * (HIDDEN_UP_TO + 1)
    return least <= 1 and most >= HIDDEN_UP_TO


# By the word in a report's header.
RELATED: dict[str, _Rule] = {"alone": _alone, "steps": _steps, "parts": _parts}
