"""Coverage findings: what of an area's coverage needs attention, as its analyst reads it in a terminal."""

from collections.abc import Iterator
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from reachwell.coverage.area import AreaCoverage
from reachwell.shown import percent, table
from reachwell.small_numbers import shown_count

_MOST = 15
_COLOURS = {"warn": "red", "note": "yellow"}
_LEVELS = list(_COLOURS)
_LISTS = ("List", "Share", "Published", "Times", "95% limits", "Source")


def not_known(found: AreaCoverage) -> Iterator[RenderableType]:
    """Which features are not known of anybody, and where."""
    practices = [ods for ods, registered in found.registered().items() if registered]
    lines = [
        f"  {key}: {'any practice' if len(silent) == len(practices) else ', '.join(silent)}"
        for key, silent in found.silent().items()
    ]
    if lines:
        yield Text("\n".join(["Not known of anybody in", *lines]))


def far_apart(found: AreaCoverage) -> Iterator[RenderableType]:
    """The practices and systems that have something on record far more or less often than all others."""
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
    title = "Far from all others"
    made = table(
        title, "", "Feature", "Who", "Share", "Others", "Times", "95% limits", words={"Feature", "Who", "95% limits"}
    )
    for row in rows[:_MOST]:
        who = row["who"] if row["kind"] == "system" else f"{row['who']} ({row['system']})"
        shares = percent(row["share"], 1), percent(row["share_of_others"], 1)
        made.add_row(_level(row), row["feature"], who, *shares, *times(row))
    yield made
    if len(rows) > _MOST:
        yield Text(f"and {len(rows) - _MOST:,} more: --json tells them all")


def lists(found: AreaCoverage) -> Iterator[RenderableType]:
    """The code lists that hit nobody, or far more or fewer than is published."""
    rows = [row for row in found.lists.to_dicts() if row["level"]]
    if not rows:
        return
    title = "Code lists that hit nobody, or far from what is published"
    made = table(title, "", *_LISTS, words={"List", "95% limits", "Source"})
    for row in sorted(rows, key=lambda row: _LEVELS.index(row["level"])):
        name = f"{row['list']}: {row['category']}" if row["category"] else row["list"]
        made.add_row(
            _level(row), name, percent(row["share"], 2), percent(row["published"], 2), *times(row), row["source"]
        )
    yield made


def missing(found: AreaCoverage) -> Iterator[RenderableType]:
    """The missing facts, those of the most patients first."""
    if found.without_facts:
        yield Text(f"No rule of {', '.join(found.without_facts)} rests on a fact that asking a person would tell.")
    rows = [row for row in found.missing.to_dicts() if row["patients"] != 0]
    if rows:
        title = "One missing fact that would bring people over the threshold, if it were favourable"
        made = table(title, "Fact", "Patients", "Rule", "Programme", words={"Rule", "Programme"})
        for row in rows:
            made.add_row(row["feature"], shown_count(row["patients"]), row["rule"], row["programme"])
        yield made


def times(row: dict[str, Any] | None) -> tuple[str, str]:
    """A ratio and its limits; row: a row with ratio, low and high, if there is one."""
    if row is None or row["low"] is None:
        return "", ""
    ratio = "others none" if row["ratio"] is None else f"{row['ratio']:.2f}{'~' if row['cautious'] else ''}"
    return ratio, f"{row['low']:.2f} to {row['high']:.2f}"


def _level(row: dict[str, Any]) -> Text:
    return Text(row["level"], style=_COLOURS[row["level"]])
