"""Changes: who is new on a practice's list, who is still there, and who has gone and why."""

import polars as pl

from reachwell.criteria import Programme
from reachwell.match import ANOTHER_ROUTE, DECIDED, ELIGIBLE
from reachwell.measure import KEY


def changes(
    candidates: pl.DataFrame, before: pl.DataFrame, matches: pl.DataFrame, programme: Programme
) -> pl.DataFrame:
    """One row per patient on this list or the one before: change (new, still there, gone) and reason.

    before: practice_id and patient_id of the candidates of each practice's list of an earlier day; an empty
    list is one row without a patient, and a practice that had no list is not among them.
    """
    needed = pl.format("{} points, {} needed", "points", pl.lit(programme.list.threshold))
    had_list = pl.col("practice_id").is_in(before["practice_id"].unique().implode())
    new = candidates.join(before, on=KEY, how="anti").select(
        *KEY,
        change=pl.lit("new"),
        reason=pl.when(had_list).then(needed).otherwise(pl.lit("first list of this practice")),
    )
    still = candidates.join(before, on=KEY, how="semi").select(
        *KEY, change=pl.lit("still there"), reason=pl.lit(None, pl.String)
    )
    because = {each.id: each.because for each in programme.exclusions}
    # A private reason is for clinicians only; this list is for the whole practice.
    routes = {
        each.id: "needs another route" + ("" if each.private else f": {each.because}") for each in programme.route
    }
    gone = (
        before.drop_nulls("patient_id")
        .join(candidates, on=KEY, how="anti")
        .join(matches, on=KEY, how="left", maintain_order="left")
        .select(
            *KEY,
            change=pl.lit("gone"),
            reason=pl.when(pl.col("step").is_null())
            .then(pl.lit("no longer in the extract"))
            .when(pl.col("step") == ANOTHER_ROUTE)
            .then(pl.col("route").replace(routes))
            .when(pl.col("step") == DECIDED)
            .then("decided")
            .when(pl.col("step") == ELIGIBLE)
            .then(needed)
            .otherwise(pl.col("step").replace(because)),
        )
    )
    return pl.concat([new, still, gone]).sort("practice_id", "change", "patient_id")
