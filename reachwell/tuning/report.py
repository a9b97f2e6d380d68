"""Tuning reports: sweeps, the waterfall and combinations as people read them in a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.text import Text

from reachwell.shown import count, percent, table
from reachwell.tuning.plan_report import FIGURES

_KINDS = {"exclude": "Left out: ", "route": "Another route: ", "rule": "Rule: "}


def tune_text(told: pl.DataFrame, now: Mapping[str, float | None]) -> Iterator[RenderableType]:
    """A sweep as a table; the live values are marked."""
    head = ("On the list", "Join", "Leave", "Months to wait", "Answers known", "Most deprived fifths", "Live list kept")
    made = table("", *now, *head)
    for row in told.iter_rows(named=True):
        is_live = all(row[name] == value for name, value in now.items())
        values = [f"{row[name]:g}" for name in now]
        wait = "" if row["months_to_wait"] is None else f"{row['months_to_wait']:.1f}"
        counts = [count(row[name]) for name in ("new", "join", "leave")]
        cells = [*values, *counts, wait, percent(row["share_known"]), _deprived(row), percent(row["share_kept"])]
        made.add_row(*cells, style="bold" if is_live else "")
    yield made
    live = ", ".join(f"{name} = {'its default' if value is None else f'{value:g}'}" for name, value in now.items())
    yield Text(f"In the file {live}. Join, leave and kept: against the live list.")
    yield Text(FIGURES, style="dim")


def _deprived(row: Mapping[str, Any]) -> str:
    if row["share_deprived"] is None:
        return "-"
    limits = f"{row['deprived_low']:.0%} to {row['deprived_high']:.0%}"
    return f"{row['share_deprived']:.0%} ({limits}) of {row['fifth_known']:,}"


def attrition_text(steps: pl.DataFrame, without: pl.DataFrame) -> Iterator[RenderableType]:
    """The waterfall, and what the list would be without each part."""
    made = table("How the list comes about", "", "Left", "Fewer")
    before = None
    for _, step, patients in steps.rows():
        # Of two figures, so that it says no more than they do.
        fewer = "" if before is None or patients is None else f"{before - patients:,}"
        made.add_row(step, count(patients), fewer)
        before = patients
    yield made
    made = table("If one part alone went", "", "On the list", "Without it", "Join", "Leave")
    for kind, what, *counts in without.select("kind", "what", "now", "new", "join", "leave").rows():
        made.add_row(f"{_KINDS[kind]}{what}", *[count(each) for each in counts])
    yield made
    yield Text(FIGURES, style="dim")


def overlap_text(
    told: pl.DataFrame, others: int | None, labels: Mapping[str, str], most: int
) -> Iterator[RenderableType]:
    """The most common combinations. others: how many others, null if a few. labels: the rules' by id."""
    made = table("Rules met together by those on the list", "Rules", "People", "Points")
    for rules, points, patients in told.head(most).rows():
        made.add_row(" + ".join(labels[each] for each in rules), count(patients), str(points))
    yield made
    if (rest := told.height - most) > 0:
        yield Text(f"{rest} more can be told: --most {told.height}")
    if others != 0:
        many = "A few" if others is None else f"About {others:,}"
        yield Text(f"{many} other combinations have too few people to be told.")
    yield Text(FIGURES, style="dim")
