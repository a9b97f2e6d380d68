"""The coverage report: an area's coverage as its analyst reads it in a terminal, what needs attention last."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reachwell.area_coverage import AreaCoverage
from reachwell.coverage import STATES
from reachwell.small_numbers import HIDDEN_UP_TO, shown_count

NOTE = (
    f"Counts are rounded to 10; hidden is one from which another of {HIDDEN_UP_TO} or fewer would follow. "
    "Times: the share over that of all others, with 95% limits; ~ is the nearest to 1 that it may be."
)
_MOST = 15
_COLOURS = {"warn": "red", "note": "yellow"}
_LEVELS = list(_COLOURS)


def in_terminal(found: AreaCoverage) -> Iterator[RenderableType]:
    """Every feature over all practices, and below it only what needs attention."""
    yield _over_all(found)
    yield from _not_known(found)
    yield from _outliers(found)
    yield from _lists(found)
    yield from _missing(found)
    yield Text(NOTE, style="dim")


def of_one_feature(found: AreaCoverage) -> Iterator[RenderableType]:
    """One feature's practices, a table for each look-back. found: of that feature alone."""
    for key in found.features:
        table = _table(
            f"{key}, by practice", "Practice", "System", "Adults", *map(str.capitalize, STATES), "Times", "95% limits"
        )
        compared = {row["who"]: row for row in _rows(found.compared, key) if row["kind"] == "practice"}
        states: dict[str, dict[str, Any]] = {}
        for row in _rows(found.figures, key):
            states.setdefault(row["practice_id"], {})[row["state"]] = row
        for ods, row in states.items():
            registered = row["unknown"]["registered"]
            table.add_row(
                ods, found.systems[ods], "too few to tell" if registered is None else f"{registered:,}",
                *[_of_practice(row[state]) for state in STATES], *_times(compared.get(ods)),
            )  # fmt: skip
        yield table
    yield from _outliers(found)
    yield from _missing(found)
    yield Text(NOTE, style="dim")


def _over_all(found: AreaCoverage) -> Table:
    told = [each for each in found.registered().values() if each is not None]
    title = f"What is known of {sum(told):,} adults registered with {_number(len(told), 'practice')}"
    table = _table(title, "Feature", *map(str.capitalize, STATES))
    for key in found.features:
        shares = {row["state"]: row["share"] for row in _rows(found.over_all, key)}
        table.add_row(key, *[percent(shares[state]) for state in STATES])
    return table


def _not_known(found: AreaCoverage) -> Iterator[RenderableType]:
    practices = [ods for ods, registered in found.registered().items() if registered]
    lines = [
        f"  {key}: {'any practice' if len(silent) == len(practices) else ', '.join(silent)}"
        for key, silent in found.silent().items()
    ]
    if lines:
        yield Text("\n".join(["Not known of anybody in", *lines]))


def _outliers(found: AreaCoverage) -> Iterator[RenderableType]:
    if len(found.systems) < 2:
        yield Text("One practice has a list: there are no others to compare it with.")
        return
    silent = found.silent()
    rows = [
        row for row in found.compared.to_dicts() if row["level"] and row["who"] not in silent.get(row["feature"], ())
    ]
    if not rows:
        yield Text("No practice or system is more than 1.25 times above or below all others.")
        return
    rows.sort(key=lambda row: (_LEVELS.index(row["level"]), min(row["high"], 1 / row["low"])))
    table = _table("Far from all others", "", "Feature", "Who", "Share", "Others", "Times", "95% limits")
    for row in rows[:_MOST]:
        who = row["who"] if row["kind"] == "system" else f"{row['who']} ({row['system']})"
        shares = percent(row["share"], 1), percent(row["share_of_others"], 1)
        table.add_row(_level(row), row["feature"], who, *shares, *_times(row))
    yield table
    if len(rows) > _MOST:
        yield Text(f"and {len(rows) - _MOST:,} more: --json tells them all")


def _lists(found: AreaCoverage) -> Iterator[RenderableType]:
    rows = [row for row in found.lists.to_dicts() if row["level"]]
    if not rows:
        return
    title = "Code lists that hit nobody, or far from what is published"
    table = _table(title, "", "List", "Share", "Published", "Times", "95% limits", "Source")
    for row in sorted(rows, key=lambda row: _LEVELS.index(row["level"])):
        name = f"{row['list']}: {row['category']}" if row["category"] else row["list"]
        table.add_row(
            _level(row), name, percent(row["share"], 2), percent(row["published"], 2), *_times(row), row["source"]
        )
    yield table


def _missing(found: AreaCoverage) -> Iterator[RenderableType]:
    if found.without_facts:
        yield Text(f"No rule of {', '.join(found.without_facts)} rests on a fact that asking a person would tell.")
    rows = [row for row in found.missing.to_dicts() if row["patients"] != 0]
    if rows:
        title = "One missing fact that would bring people over the threshold, if it were favourable"
        table = _table(title, "Patients", "Fact", "Rule", "Programme")
        for row in rows:
            table.add_row(shown_count(row["patients"]), row["feature"], row["rule"], row["programme"])
        yield table


def _rows(frame: pl.DataFrame, key: str) -> list[dict[str, Any]]:
    return frame.filter(pl.col("feature") == key).to_dicts()


def _of_practice(row: dict[str, Any]) -> str:
    if row["patients"] is None:
        return shown_count(None) if row["few"] else "hidden"
    return f"{row['patients']:,} ({percent(row['patients'] / row['registered'])})" if row["patients"] else "0"


def _times(row: dict[str, Any] | None) -> tuple[str, str]:
    """A ratio and its limits; row: a row with ratio, low and high, if there is one."""
    if row is None or row["low"] is None:
        return "", ""
    ratio = "others none" if row["ratio"] is None else f"{row['ratio']:.2f}{'~' if row['cautious'] else ''}"
    return ratio, f"{row['low']:.2f} to {row['high']:.2f}"


def _level(row: dict[str, Any]) -> Text:
    return Text(row["level"], style=_COLOURS[row["level"]])


def percent(share: float | None, places: int = 0) -> str:
    """A share as people read it: more than nothing is never 0%, and less than all never 100%."""
    if share is None:
        return "-"
    least = 10.0**-places
    if 0 < share * 100 < least / 2:
        return f"<{least:.{places}f}%"
    if 100 - least / 2 <= share * 100 < 100:
        return f">{100 - least:.{places}f}%"
    return f"{share * 100:.{places}f}%"


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, min_width=len(title))
    numbers = {"Share", "Others", "Published", "Times", "Patients", "Adults", *map(str.capitalize, STATES)}
    for name in columns:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    return table
