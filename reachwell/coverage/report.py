"""The coverage report: an area's coverage as its analyst reads it in a terminal, what needs attention last."""

from collections.abc import Iterator
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reachwell.coverage.area import AreaCoverage
from reachwell.coverage.findings import far_apart, lists, missing, not_known, times
from reachwell.coverage.known import STATES
from reachwell.shown import number, percent, table
from reachwell.small_numbers import HIDDEN_UP_TO, shown_count

NOTE = (
    f"Counts are rounded to 10; hidden is one from which another of {HIDDEN_UP_TO} or fewer would follow. "
    "Times: the share over that of all others, with 95% limits; ~ is the nearest to 1 that it may be."
)


def in_terminal(found: AreaCoverage) -> Iterator[RenderableType]:
    """Every feature over all practices, and below it only what needs attention."""
    yield _over_all(found)
    yield from not_known(found)
    yield from far_apart(found)
    yield from lists(found)
    yield from missing(found)
    yield Text(NOTE, style="dim")


def of_one_feature(found: AreaCoverage) -> Iterator[RenderableType]:
    """One feature's practices, a table for each look-back. found: of that feature alone."""
    for key in found.features:
        head = ("Practice", "System", "Adults", *map(str.capitalize, STATES), "Times", "95% limits")
        made = table(f"{key}, by practice", *head, words={"System", "95% limits"})
        compared = {row["who"]: row for row in _rows(found.compared, key) if row["kind"] == "practice"}
        states: dict[str, dict[str, Any]] = {}
        for row in _rows(found.figures, key):
            states.setdefault(row["practice_id"], {})[row["state"]] = row
        for ods, row in states.items():
            registered = row["unknown"]["registered"]
            made.add_row(
                ods, found.systems[ods], "too few to tell" if registered is None else f"{registered:,}",
                *[_of_practice(row[state]) for state in STATES], *times(compared.get(ods)),
            )  # fmt: skip
        yield made
    yield from far_apart(found)
    yield from missing(found)
    yield Text(NOTE, style="dim")


def _over_all(found: AreaCoverage) -> Table:
    told = [each for each in found.registered().values() if each is not None]
    title = f"What is known of {sum(told):,} adults registered with {number(len(told), 'practice')}"
    made = table(title, "Feature", *map(str.capitalize, STATES))
    for key in found.features:
        states = {row["state"]: row for row in _rows(found.over_all, key)}
        made.add_row(key, *[_with_share(states[state]["patients"], states[state]["share"]) for state in STATES])
    return made


def _rows(frame: pl.DataFrame, key: str) -> list[dict[str, Any]]:
    return frame.filter(pl.col("feature") == key).to_dicts()


def _of_practice(row: dict[str, Any]) -> str:
    if row["patients"] is None:
        return shown_count(None) if row["few"] else "hidden"
    return _with_share(row["patients"], row["patients"] / row["registered"] if row["registered"] else None)


def _with_share(patients: int | None, share: float | None) -> str:
    if not patients:
        return shown_count(patients)
    return f"{patients:,} ({percent(share)})"
