"""Shortlist: who is on the list tonight, in which order, who is new, and who has left and why."""

from dataclasses import dataclass

import polars as pl

from reachwell.attrition import attrition
from reachwell.changes import changes
from reachwell.criteria import Programme
from reachwell.judge import Listed
from reachwell.match import ANOTHER_ROUTE, ELIGIBLE, MET
from reachwell.measure import KEY, Measured
from reachwell.please_ask import please_ask
from reachwell.sentences import explained


@dataclass(frozen=True)
class Shortlist:
    """One programme's results for a batch of practices, but for the run's own columns.

    candidates, rules, matches, please_ask, other_routes, changes: the published tables; see the reference.
    steps: practice_id, place, step and patients, how many are left after each step, in order.
    """

    candidates: pl.DataFrame
    rules: pl.DataFrame
    matches: pl.DataFrame
    please_ask: pl.DataFrame
    other_routes: pl.DataFrame
    changes: pl.DataFrame
    steps: pl.DataFrame


def shortlist(
    measured: Measured, matches: pl.DataFrame, listed: Listed, programme: Programme, before: pl.DataFrame
) -> Shortlist:
    """Make the lists of a batch of practices. matches, listed: what match() and the judge gave for them.

    before: practice_id and patient_id of the candidates of each practice's list of an earlier day; a
    practice that had no list is not among them.
    """
    eligible = matches.filter(pl.col("step") == ELIGIBLE)
    routed = matches.filter(pl.col("step") == ANOTHER_ROUTE)
    asked = please_ask(eligible, measured, programme, listed.places)
    told = pl.concat([matches[listed.rows], eligible.join(asked, on=KEY, how="semi"), routed])
    rules = explained(measured, told, programme)
    candidates = _candidates(matches, listed).join(_reasons(rules), on=KEY, how="left", maintain_order="left")
    return Shortlist(
        candidates=candidates,
        rules=rules,
        matches=eligible.drop("row", "step", "route", "decided"),
        please_ask=asked,
        other_routes=_other_routes(routed, programme),
        changes=changes(candidates, before, matches, programme),
        steps=attrition(matches, candidates, programme),
    )


def _candidates(matches: pl.DataFrame, listed: Listed) -> pl.DataFrame:
    first, on = (pl.Series(days, dtype=pl.Int32).cast(pl.Date) for days in (listed.first_flagged_on, listed.on))
    return matches[listed.rows].select(
        *KEY,
        pl.Series("rank", listed.rank, dtype=pl.Int32),
        "points",
        "points_if_known",
        first_flagged_on=first,
        within_capacity=pl.Series(listed.within_capacity, dtype=pl.Boolean),
        is_new=first == on,
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
