"""Shortlist: who is on the list tonight, in which order, who is new, and who has left and why."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from reachwell.area import Practice
from reachwell.attrition import attrition
from reachwell.changes import changes
from reachwell.criteria import Programme
from reachwell.match import MET
from reachwell.measure import KEY, Measured
from reachwell.order import ranked
from reachwell.please_ask import please_ask
from reachwell.sentences import explained

REFERRAL = "social_prescribing_referral"


@dataclass(frozen=True)
class Shortlist:
    """One programme's results for a batch of practices, but for the run's own columns.

    candidates, rules, matches, please_ask, other_routes, changes: the published tables; see the reference.
    steps: practice_id, place, step and patients, how many are left after each step, in order.
    used: by practice, how many of the month's places the programme takes.
    """

    candidates: pl.DataFrame
    rules: pl.DataFrame
    matches: pl.DataFrame
    please_ask: pl.DataFrame
    other_routes: pl.DataFrame
    changes: pl.DataFrame
    steps: pl.DataFrame
    used: dict[str, int]


def places_a_month(practice: Practice, programme: Programme) -> int:
    """How many people a practice's link workers can take on in a month, whole places only.

    Source: NHS workforce guidance, 200 to 250 people per full-time link worker and year.
    """
    # A hair is added since 0.8 * 225 / 12 is a hair under 15 in floating point.
    return int(practice.link_workers * programme.list.caseload_per_year / 12 + 1e-9)


def referred_this_month(measured: Measured) -> dict[str, int]:
    """How many of each practice's patients were referred to a link worker since the first of the month."""
    key = next((key for key, feature in measured.features.items() if feature.name == REFERRAL), None)
    if key is None:
        return {}
    since = measured.evidence(key).filter(pl.col("on_date") >= measured.on.replace(day=1))
    return dict(since["practice_id"].value_counts().rows())


def shortlist(
    measured: Measured,
    matches: pl.DataFrame,
    programme: Programme,
    places: Mapping[str, int],
    open_places: Mapping[str, int],
    first_flagged: pl.DataFrame,
    before: pl.DataFrame,
) -> Shortlist:
    """Make the lists of a batch of practices. matches: what match() gave for them.

    places: each practice's places in a month; open_places: those of them that are still free.
    first_flagged: programme, practice_id, patient_id, on_date of earlier nights.
    before: practice_id and patient_id of the candidates of each practice's list of an earlier day; a
    practice that had no list is not among them.
    """
    on, threshold = measured.on, programme.list.threshold
    eligible = matches.filter(pl.col("step") == "eligible")
    routed = matches.filter(pl.col("step") == "another route")
    over = eligible.filter(pl.col("points") >= threshold)
    asked = please_ask(eligible, measured, programme, places)
    told = pl.concat([over, eligible.join(asked, on=KEY, how="semi"), routed])
    rules = explained(measured, told, programme)
    within = pl.col("rank") <= pl.col("practice_id").replace_strict(dict(open_places), default=0)
    candidates = (
        ranked(over, first_flagged, programme, on)
        .with_columns(within_capacity=within, is_new=pl.col("first_flagged_on") == on)
        .join(_reasons(rules), on=KEY, how="left", maintain_order="left")
    )
    return Shortlist(
        candidates=candidates,
        rules=rules,
        matches=eligible.drop("row", "step", "route"),
        please_ask=asked,
        other_routes=_other_routes(routed, programme),
        changes=changes(candidates, before, matches, programme),
        steps=attrition(matches, candidates, programme),
        used=dict(candidates.filter("within_capacity")["practice_id"].value_counts().rows()),
    )


def _reasons(rules: pl.DataFrame) -> pl.DataFrame:
    """The sentences of the rules that are met, most points first; what one has said the next does not repeat."""
    met = rules.filter(pl.col("result") == MET).sort("points", descending=True, maintain_order=True)
    once = (
        met.select(*KEY, "rule", part=pl.col("sentence").str.split("; "))
        .explode("part")
        .unique([*KEY, "part"], keep="first", maintain_order=True)
    )
    told = once.group_by(*KEY, "rule", maintain_order=True).agg(reasons=pl.col("part").str.join("; "))
    return told.group_by(KEY, maintain_order=True).agg("reasons")


def _other_routes(routed: pl.DataFrame, programme: Programme) -> pl.DataFrame:
    facts = pl.DataFrame(
        [(each.id, each.to, each.because, each.private) for each in programme.route],
        schema={"route": pl.String, "to": pl.String, "because": pl.String, "private": pl.Boolean},
        orient="row",
    )
    return (
        routed.join(facts, on="route", how="left", maintain_order="left")
        .select(
            *KEY, "route", "to", "because", "private", "points",
            over_threshold=pl.col("points") >= programme.list.threshold,
        )
        .sort("practice_id", "points", "patient_id", descending=[False, True, False])
    )  # fmt: skip
