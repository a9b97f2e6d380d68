"""Overlap: which rules are met together by those on a list, the most common combinations first."""

from typing import Any

import numpy as np
import polars as pl

from reachwell.criteria import Programme
from reachwell.judge import Judge
from reachwell.small_numbers import for_area

_SCHEMA: dict[str, Any] = {"rules": pl.List(pl.String), "points": pl.Int32, "patients": pl.Int64}


def overlap(judge: Judge, programme: Programme) -> pl.DataFrame:
    """One row per combination of rules met by anybody on the list: rules (ids), points, patients. Counts are exact."""
    together = judge.matcher.combinations(programme)
    points = judge.matcher.points_by_combination(programme)
    people = np.where(points >= programme.list.threshold, judge.members(programme).counts, 0)
    # A rule with bands is met where its lowest is.
    first = np.cumsum([0, *(len(rule.steps) for rule in programme.rule)])[:-1]
    rows = [
        ([rule.id for rule, column in zip(programme.rule, first, strict=True) if met[column]], worth, count)
        for met, worth, count in zip(together.met, points.tolist(), people.tolist(), strict=True)
        if count
    ]
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return frame.group_by("rules", "points").agg(pl.col("patients").sum()).sort("patients", descending=True)


def told(exact: pl.DataFrame) -> tuple[pl.DataFrame, int | None]:
    """The combinations that may be told, most common first, and how many others there are, told as people are.

    A combination has one person at least: as many of them as there are people left would say that each has just one.
    """
    seen = for_area(exact, ["patients"], "parts").with_columns(name=pl.col("rules").list.join(", "))
    # By what is told and by name: the order then says nothing of what was rounded.
    seen = seen.drop_nulls("patients").sort("patients", "points", "name", descending=[True, True, False]).drop("name")
    others = pl.DataFrame({"others": [exact.height - seen.height]})
    return seen, for_area(others, ["others"], "nested")["others"][0]
