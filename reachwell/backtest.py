"""Backtest: what happened to those whom a programme would have listed at a past day, beside everybody else eligible.

Exact figures first, then what an area may see of them. Nothing here says what a listing or a referral does: the groups
differ in more than that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from reachwell.criteria import Programme
from reachwell.estimates import Estimate, difference, dispersion, rate, share, told_rate, told_share
from reachwell.last_good import LastGood
from reachwell.outcomes import outcomes, year_after
from reachwell.small_numbers import HIDDEN_UP_TO, for_area

LISTED, WITHIN, OTHERS, UNAIDED = "listed", "within places", "eligible, not listed", "frequent attenders, not referred"
# A person belongs to the first or third; the second is part of the first, and the last is part of both.
GROUPS = {
    LISTED: pl.col("rank").is_not_null(),
    WITHIN: pl.col("within_capacity"),
    OTHERS: pl.col("rank").is_null(),
    UNAIDED: pl.col("frequent"),
}
RATES, SHARES = ("contact_days", "emergency"), ("ended", "referred", "declined")
_KINDS = {"group": pl.String, "measure": pl.String, "kind": pl.String, "persons": pl.Int64, "largest": pl.Int64,
          "count": pl.Int64, "size": pl.Float64, "dispersion": pl.Float64}  # fmt: skip
# A day has one contact-day, and two kinds of emergency: nobody has more in a year than the last of these.
_STEPS = (10, 20, 50, 100, 200, 500, 1000)
_ESTIMATE = {"value": pl.Float64, "low": pl.Float64, "high": pl.Float64}


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
        """The practices that send no emergency attendances and admissions."""
        known = self.people.filter(pl.col("emergency_after").is_not_null())["practice_id"].unique()
        return [each for each in self.practices if each not in known]


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
    largest: the most that is of one person. size: of how many people, or person-years. dispersion: of a rate. value,
    low, high: with 95% limits. Nothing is counted of people of whom it is not known.

    A rate before is of those whose record of the 12 months before is whole. One after is of everybody: who died or left
    gives the part of the 12 months until then.
    """
    rows = [row for group, theirs in GROUPS.items() for row in _of_group(group, people.filter(theirs))]
    return pl.DataFrame(rows, schema={**_KINDS, **_ESTIMATE}, orient="row")


def _of_group(group: str, people: pl.DataFrame) -> Iterator[tuple[object, ...]]:
    number = people.height
    yield group, "people", "people", number, 1, number, None, None, None, None, None
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
    persons, largest = int(np.count_nonzero(events)), round(events.max(initial=0))
    counted = (persons, largest, round(events.sum()), years.sum(), dispersion(events, years))
    return group, measure, "rate", *counted, *_columns(rate(events, years))


def _of_share(group: str, measure: str, marks: pl.Series) -> tuple[object, ...]:
    known = marks.drop_nulls().cast(pl.Boolean)
    count, of = int(known.sum()), len(known)
    return group, measure, "share", count, 1, count, of, None, *_columns(share(count, of))


def told(exact: pl.DataFrame) -> pl.DataFrame:
    """What an area may see of figures(): group, measure, kind, count, size, rounded_to (of count), value, low and high.

    Counts and person-years hang together (within places is part of listed; whoever died, of everybody), so all are told
    as nested ones. Events of 7 or fewer people are hidden as if they were as few. As one person more or less may not
    show in a count of people, so not in one of events: these are rounded to more than the most that is of one person.
    Rates and shares are made of the told counts only, with limits wide enough for what these stand for; they are hidden
    where a count is.
    """
    few = pl.col("persons").is_between(1, HIDDEN_UP_TO)
    counts = exact.select(pl.when(few).then("persons").otherwise("count").alias("figure"))
    sizes = exact.select(pl.col("size").round().cast(pl.Int64).alias("figure"))
    # Of one column, so that 0 is hidden wherever anything is.
    seen = for_area(pl.concat([counts, sizes]), ["figure"], "nested")["figure"].to_list()
    steps = [next(step for step in _STEPS if step >= most) for most in exact["largest"]]
    count = [_coarser(*each) for each in zip(seen, steps, strict=False)]
    size = seen[exact.height :]
    made = [
        told_rate(*each) if kind == "rate" else told_share(*each[:2])
        for kind, *each in zip(exact["kind"], count, size, exact["dispersion"], steps, strict=True)
    ]
    counted = {"count": count, "size": size, "rounded_to": steps}
    return pl.concat(
        [
            exact.select("group", "measure", "kind"),
            pl.DataFrame(counted, schema=dict.fromkeys(counted, pl.Int64)),
            pl.DataFrame([_columns(each) for each in made], schema=_ESTIMATE, orient="row"),
        ],
        how="horizontal",
    )


def _coarser(figure: int | None, step: int) -> int | None:
    """A told figure rounded to the step; hidden where less than half of one is left of it."""
    return ((figure + step // 2) // step * step or None) if figure else figure


def differences(of: pl.DataFrame) -> pl.DataFrame:
    """Each rate and share of those listed less that of the eligible not listed, of figures() or of told().

    Columns: measure, value, low and high; null where either is not known.
    """
    found = {(group, measure): each for group, measure, each in _estimates(of)}
    measures = of.filter(pl.col("group") == LISTED, pl.col("kind") != "people")["measure"]
    rows = [(each, *_columns(difference(found[LISTED, each], found[OTHERS, each]))) for each in measures]
    return pl.DataFrame(rows, schema={"measure": pl.String, **_ESTIMATE}, orient="row")


def _estimates(of: pl.DataFrame) -> Iterator[tuple[str, str, Estimate | None]]:
    for group, measure, value, low, high in of.select("group", "measure", *_ESTIMATE).rows():
        yield group, measure, None if value is None else Estimate(value, low, high)


def _columns(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    return (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
