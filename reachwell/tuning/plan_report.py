"""Plan report: a plan as people read it in a terminal, and as JSON."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reachwell.criteria import Programme
from reachwell.shown import count, percent, table
from reachwell.small_numbers import HIDDEN_UP_TO
from reachwell.tuning.plan_told import Told

FIGURES = (
    f"Counts are rounded to 10; * is {HIDDEN_UP_TO} or fewer, or a count from which such a one would follow. Change, "
    "join and leave are differences of rounded counts."
)


def plan_json(told: Told, warnings: Sequence[str]) -> dict[str, Any]:
    """All that is told of a plan; null is hidden or not known."""
    return {
        "pool": told.pool,
        **{name: getattr(told, name).to_dicts() for name in ("totals", "groups", "rules")},
        "two_most_deprived_fifths": told.deprived and vars(told.deprived),
        "months_to_wait": {"now": told.wait_now, "new": told.wait_new},
        "warnings": list(warnings),
        "note": FIGURES,
    }


def plan_text(
    told: Told, warnings: Sequence[str], live: Programme, draft: Programme, days: Sequence[date]
) -> Iterator[RenderableType]:
    """A plan in tables. days: the index dates of the practices' data."""
    first, last = f"{min(days):%-d %b %Y}", f"{max(days):%-d %b %Y}"
    on = f"data of {first}" + ("" if first == last else f" to {last}")
    yield Text(f"{draft.name}: version {draft.version} against {live.version}, which is live; {on}", style="bold")
    yield _totals(told)
    if draft.digest != live.digest and not told.totals.select(pl.sum_horizontal("join", "leave").sum()).item():
        # Of every such draft: said of those alone that change something it would say that a few join or leave.
        yield Text("Nobody joins, leaves or swaps places, or too few to be told.")
    if told.wait_new is not None:
        was = "" if told.wait_now is None else f"; {told.wait_now:.1f} now"
        yield Text(f"At this capacity everybody on the list has had a place in {told.wait_new:.1f} months{was}.")
    yield _rules(told)
    for kind in told.groups["kind"].unique(maintain_order=True):
        yield _group_table(kind, told.groups.filter(kind=kind))
    yield Text(FIGURES, style="dim")
    yield from (Text(f"! {each}", style="yellow") for each in warnings)


def _totals(told: Told) -> Table:
    made = table("", "", "Now", "New", "Change", "Join", "Leave")
    for what, now, new, join, leave in told.totals.select("what", "now", "new", "join", "leave").rows():
        change = "*" if now is None or new is None else f"{new - now:+,}"
        made.add_row(what, count(now), count(new), change, count(join), count(leave))
    return made


def _rules(told: Told) -> Table:
    made = table("By rule", "", "Meet it now", "New", "Listed by it alone now", "New")
    for _, label, *counts in told.rules.rows():
        made.add_row(label, *[count(each) for each in counts])
    return made


def _group_table(kind: str, groups: pl.DataFrame) -> Table:
    head = ("May be listed", "Now", "New", "Join", "Leave", "Share now", "New", "List less others (95% limits)")
    made = table(f"By {kind}", "", *head)
    for row in groups.iter_rows(named=True):
        counts = [count(row[name]) for name in ("pool", "now", "new", "join", "leave")]
        made.add_row(row["group"], *counts, percent(row["share_now"]), percent(row["share_new"]), _gap(row))
    return made


def _gap(row: dict[str, Any]) -> str:
    if row["gap"] is None:
        return ""
    return f"{row['gap']:+.0%} ({row['gap_low']:+.0%} to {row['gap_high']:+.0%})"
