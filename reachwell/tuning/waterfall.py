"""Waterfall: how everybody becomes those with a place, step by step, and what if one part alone went."""

import polars as pl

from reachwell.attrition import attrition
from reachwell.criteria import Programme
from reachwell.judge import Judge, Listed
from reachwell.small_numbers import for_area
from reachwell.tuning.plan import COUNTS, Planner
from reachwell.tuning.plan_told import with_changes


def waterfall(judge: Judge, programme: Programme, listed: Listed) -> pl.DataFrame:
    """How many of the area's patients are left after each step, in order: place, step, patients. Counts are exact."""
    step = judge.matcher.step(programme)
    matches = judge.matcher.patients.select("practice_id").hstack(step)
    candidates = matches[listed.rows].select("practice_id", within_capacity=pl.Series(listed.within_capacity))
    steps = attrition(matches, candidates, programme)
    return steps.group_by("place", "step", maintain_order=True).agg(pl.col("patients").sum()).sort("place")


def without_each(planner: Planner, programme: Programme) -> pl.DataFrame:
    """What the list would be if one exclusion, route or rule alone went: kind, id, what, now, new, stay.

    The exclusion of those who declined goes with its look-back and is not among them. Counts are exact.
    """
    parts = [
        *(("exclude", each.id, each.because) for each in programme.exclude),
        *(("route", each.id, each.because) for each in programme.route),
        *(("rule", each.id, each.label) for each in programme.rule),
    ]
    rows = []
    for kind, name, what in parts:
        left = tuple(each for each in getattr(programme, kind) if each.id != name)
        totals = planner.plan(programme.model_copy(update={kind: left})).totals
        rows.append((kind, name, what, *totals.drop("what").row(0)))
    schema = {"kind": pl.String, "id": pl.String, "what": pl.String, **dict.fromkeys(COUNTS, pl.Int64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def told(steps: pl.DataFrame, without: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both as an area user may see them."""
    lists = for_area(without, COUNTS, "nested", ["id"], across=True)
    return for_area(steps, ["patients"], "nested"), with_changes(lists)
