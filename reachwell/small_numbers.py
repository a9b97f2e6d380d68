"""Small numbers: what an area user may see of counts of patients, however they hang together."""

from collections.abc import Callable, Sequence

import polars as pl

HIDDEN_UP_TO = 7
# What a count of 1 to 7 is taken for where told counts are added up.
A_FEW = 4
ROUNDED_TO = 5
# Of figures that are nested whoever compares two of them must not learn that 1 to 7 lie between. Rounded to 5 a figure
# that stays says 0 to 4; rounded to 10 it says 0 to 9, and one that moves by one step 1 to 19.
NESTED_ROUNDED_TO = 10

_Rule = Callable[[Sequence[int | None]], list[int | None]]


def for_area(
    frame: pl.DataFrame,
    counts: Sequence[str],
    related: str = "alone",
    within: Sequence[str] = (),
    across: bool = False,
) -> pl.DataFrame:
    """A frame whose counts of patients are as an area user may see them; its other columns stay.

    counts: the columns to suppress. related: how counts hang together, a key of RELATED. within: the columns whose
    values say which rows belong together; none if all do. across: the counts of different columns belong together too.
    A count that is not known (null) stays so.

    alone: 0 stays 0; 1 to 7 become null, which is shown as "7 or fewer"; the rest are rounded to 5 (8 becomes 10, 12
    becomes 10, 13 becomes 15). Source: the thresholds of OpenSAFELY's disclosure control.

    nested: of two counts one may be of a part of the other's patients, in this frame, on another night or in another
    answer: how many are left after each step, or are on a list before, after and in spite of a change. As alone, but
    rounded to 10, and beside a hidden count 0 is hidden too: it would say that all of those few dropped out. Tell the
    counts themselves and never what lies between: how many join is the difference of two figures that are told.

    parts: the rows add up to a total that is known. Rounded to 10, but a hidden count is never the only one, and where
    one would follow from the total and the others the next smallest is hidden too (null), until each can be any of 1 to
    7. Where that leaves none to hide 0 is hidden too: seven parts that are not 0, of 7 people, would be one each.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, key in enumerate(frame.select(within).rows() if within else [()] * frame.height):
        groups.setdefault(key, []).append(place)
    exact = {name: frame[name].cast(pl.Int64).to_list() for name in counts}
    told = {name: list(column) for name, column in exact.items()}
    for places in groups.values():
        for names in [counts] if across else [[name] for name in counts]:
            cells = [(name, place) for name in names for place in places]
            figures = RELATED[related]([exact[name][place] for name, place in cells])
            for (name, place), figure in zip(cells, figures, strict=True):
                told[name][place] = figure
    return frame.with_columns(pl.Series(name, column, dtype=pl.Int64) for name, column in told.items())


def shown_count(count: int | None) -> str:
    """A suppressed count in words."""
    return f"{HIDDEN_UP_TO} or fewer" if count is None else f"{count:,}"


def stands_for(figure: int, rounded_to: int = NESTED_ROUNDED_TO) -> range:
    """The counts that a figure told stands for: 10 for 8 to 14, and 20 for 15 to 24."""
    first = max(figure - rounded_to // 2, HIDDEN_UP_TO + 1)
    return range(first, figure + (rounded_to + 1) // 2) if figure else range(1)


def _is_small(count: int | None) -> bool:
    return count is not None and 0 < count <= HIDDEN_UP_TO


def _rounded(count: int | None, to: int) -> int | None:
    return None if count is None or _is_small(count) else (count + to // 2) // to * to


def _alone(counts: Sequence[int | None]) -> list[int | None]:
    return [_rounded(count, ROUNDED_TO) for count in counts]


def _nested(counts: Sequence[int | None]) -> list[int | None]:
    told = [_rounded(count, NESTED_ROUNDED_TO) for count in counts]
    return [figure or None for figure in told] if any(map(_is_small, counts)) else told


def _parts(counts: Sequence[int | None]) -> list[int | None]:
    told = [_rounded(count, NESTED_ROUNDED_TO) for count in counts]
    small = sum(map(_is_small, counts))
    total = sum(count for count in counts if count)
    # By the figure and not by the count: the order in which they go then says nothing that was not told.
    smallest_first = sorted((figure, place) for place, figure in enumerate(told) if figure)
    # After the last of them nothing is shown but 0.
    for large, place in enumerate([*(place for _, place in smallest_first), None]):
        if not small or _is_open(total, [figure for figure in told if figure], small, large):
            return told
        if place is not None:
            told[place] = None
    return [None] * len(told)


def _is_open(total: int, shown: Sequence[int], small: int, large: int) -> bool:
    """Whether a small count can be anything from 1 to 7 for somebody who knows the exact total and the figures shown.

    small, large: how many hidden counts are 1 to 7, and how many are more, which are told to be among the smallest
    where any figure is shown.
    """
    if small + large == 1:
        return False
    least = total - sum(stands_for(figure)[-1] for figure in shown) - HIDDEN_UP_TO * (small - 1)
    most = total - sum(stands_for(figure)[0] for figure in shown) - (small - 1)
    if large:
        least -= large * stands_for(min(shown))[-1] if shown else total
        most -= large * (HIDDEN_UP_TO + 1)
    return least <= 1 and most >= HIDDEN_UP_TO


# By the word in a report's header.
RELATED: dict[str, _Rule] = {"alone": _alone, "nested": _nested, "parts": _parts}
