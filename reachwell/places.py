"""Places: how many people a practice's link workers can take on in a month, and how many of them are taken."""

from datetime import date

import polars as pl

from reachwell.area import Practice
from reachwell.criteria import REFERRAL, Programme
from reachwell.decisions.effect import accepted
from reachwell.measure import KEY, Measured


def places_a_month(practice: Practice, programme: Programme) -> int:
    """How many people a practice's link workers can take on in a month, whole places only.

    Source: NHS workforce guidance, 200 to 250 people per full-time link worker and year.
    """
    # A hair is added since 0.8 * 225 / 12 is a hair under 15 in floating point.
    return int(practice.link_workers * programme.list.caseload_per_year / 12 + 1e-9)


def taken_this_month(measured: Measured, decided: pl.DataFrame) -> dict[str, int]:
    """How many of each practice's patients were accepted, or referred to a link worker, since the first of the month.

    Somebody who was accepted and whose referral comes later, or the other way round, takes a place once: in the month
    of the first of the two. decided: the decisions that stand, as standing.decided() gives them.
    """
    key = next(key for key, feature in measured.features.items() if feature.name == REFERRAL)
    first: date = measured.on.replace(day=1)
    taken = measured.evidence(key).select(*KEY, "on_date")
    if not (said := accepted(decided, measured.on)).is_empty():
        of_patients = said.join(measured.patients, on=KEY, how="semi")
        taken = pl.concat([taken, of_patients]).group_by(KEY).agg(pl.col("on_date").min())
    since = taken.filter(pl.col("on_date") >= first)
    return dict(since["practice_id"].value_counts().rows())
