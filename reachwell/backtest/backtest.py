"""Backtest: what happened to those whom a programme would have listed at a past day, beside everybody else eligible.

Exact figures, of the practice only; backtest_told tells what an area may see of them. Nothing here says what a listing
or a referral does: the groups differ in more than that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from reachwell.area import Area
from reachwell.backtest.outcomes import outcomes, year_after
from reachwell.criteria import Programme
from reachwell.estimates import dispersion, rate
from reachwell.last_good import LastGood
from reachwell.limits import Estimate, difference, share
from reachwell.tuning.planning import chosen, in_place, planning

LISTED, WITHIN, OTHERS, UNAIDED = "listed", "within places", "eligible, not listed", "frequent attenders, not referred"
# A person belongs to the first or third; the second is part of the first, and the last is part of both.
GROUPS = {
    LISTED: pl.col("rank").is_not_null(),
    WITHIN: pl.col("within_capacity"),
    OTHERS: pl.col("rank").is_null(),
    UNAIDED: pl.col("frequent"),
}
RATES, SHARES = ("contact_days", "emergency"), ("ended", "referred", "declined")
_KINDS = {
    "group": pl.String,
    "measure": pl.String,
    "kind": pl.String,
    "persons": pl.Int64,
    "count": pl.Int64,
    "size": pl.Float64,
    "dispersion": pl.Float64,
}
ESTIMATE = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64}


@dataclass(frozen=True)
class Backtest:
    """A programme at a past day. people: as outcomes() gives them; exact, and of the practice only."""

    on: date
    programme: Programme
    practices: tuple[str, ...]
    invented: bool
    people: pl.DataFrame

    @property
    def until(self) -> date:
        """The last of the 12 months after."""
        return year_after(self.on)

    @property
    def without_emergencies(self) -> list[str]:
        """The practices of which emergency attendances and admissions are not known, before or after."""
        unknown = self.people.filter(pl.any_horizontal(pl.col("^emergency_.*$").is_null()))["practice_id"].unique()
        return [each for each in self.practices if each in unknown]


def backtested(area: Area, on: date, file: Path | None, programme: str | None) -> Backtest:
    """A programme of the area at a past day. file: a draft in place of the live criteria.

    Raises FileMistakes with every mistake of the draft, and UsageError for a day that the data do not cover, for a
    programme that is none of the area's, and where nothing is published yet.
    """
    with planning(area) as (data, live):
        judged = chosen(area, file, programme, data, live)
        return backtest(data, in_place(judged, live), judged.id, on)


def backtest(data: LastGood, programmes: Sequence[Programme], name: str, on: date) -> Backtest:
    """The programme of that name at a past day, and what followed. programmes: all that share the places, in order.

    Raises UsageError for a day that the data do not cover.
    """
    people = outcomes(data, programmes, name, on)
    programme = next(each for each in programmes if each.id == name)
    invented = any(each.invented for each in data.snapshots)
    return Backtest(on, programme, tuple(sorted(data.dates)), invented, people)


def figures(people: pl.DataFrame) -> pl.DataFrame:
    """Exact figures of each group, from what outcomes() gave: a row per group and measure.

    kind: people, rate (events per person-year) or share. count: of people or events. persons: how many people have any.
    size: of how many people, or person-years. dispersion: of a rate. value, low, high: with 95% limits. Nothing is
    counted of people of whom it is not known.

    A rate before is of those whose record of the 12 months before is whole. One after is of everybody: who died or left
    gives the part of the 12 months until then.
    """
    rows = [row for group, theirs in GROUPS.items() for row in _of_group(group, people.filter(theirs))]
    return pl.DataFrame(rows, schema={**_KINDS, **ESTIMATE}, orient="row")


def _of_group(group: str, people: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    number = people.height
    yield group, "people", "people", number, number, None, None, None, None, None
    yield _of_share(group, "whole", people["whole"])
    for name in RATES:
        yield _of_rate(group, f"{name}_before", people.filter("whole").with_columns(years=1.0))
        yield _of_rate(group, f"{name}_after", people)
    for name in SHARES:
        # Nobody unaided is referred: that is how they were chosen.
        if (group, name) != (UNAIDED, "referred"):
            yield _of_share(group, name, people[name])


def _of_rate(group: str, measure: str, people: pl.DataFrame) -> tuple[object, ...]:
    known = people.select(measure, "years").drop_nulls()
    events, years = known[measure].to_numpy(), known["years"].to_numpy()
    counted = (int(np.count_nonzero(events)), round(events.sum()), years.sum(), dispersion(events, years))
    return group, measure, "rate", *counted, *columns_of(rate(events, years))


def _of_share(group: str, measure: str, marks: pl.Series) -> tuple[object, ...]:
    known = marks.drop_nulls().cast(pl.Boolean)
    count, of = int(known.sum()), len(known)
    return group, measure, "share", count, count, of, None, *columns_of(share(count, of))


def differences(of: pl.DataFrame) -> pl.DataFrame:
    """Each rate and share of those listed less that of the eligible not listed, of figures() or of told().

    Columns: measure, value, low and high; null where either is not known.
    """
    found = {(group, measure): each for group, measure, each in _estimates(of)}
    measures = of.filter(pl.col("group") == LISTED, pl.col("kind") != "people")["measure"]
    rows = [(each, *columns_of(difference(found[LISTED, each], found[OTHERS, each]))) for each in measures]
    return pl.DataFrame(rows, schema={"measure": pl.String, **ESTIMATE}, orient="row")


def _estimates(of: pl.DataFrame) -> Iterator[tuple[str, str, Estimate | None]]:
    for group, measure, value, low, high in of.select("group", "measure", *ESTIMATE).rows():
        yield group, measure, None if value is None else Estimate(value, low, high)


def columns_of(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    """An estimate as the columns value, low and high."""
    return (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
