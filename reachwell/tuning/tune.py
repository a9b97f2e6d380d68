"""Tune: what one or two numbers of a programme do to its list, over a range of values. Counts are exact.

known: by rule, of how many of those listed its answer is known. deprived: those listed who live in the two most
deprived fifths; of fifth_known.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from reachwell.criteria import Programme
from reachwell.limits import share
from reachwell.small_numbers import A_FEW, for_area
from reachwell.tuning.plan import Planner
from reachwell.tuning.plan_told import DEPRIVATION, MOST_DEPRIVED, with_changes

_TOLD: dict[str, Any] = {
    **dict.fromkeys(("new", "join", "leave"), pl.Int64),
    "months_to_wait": pl.Float64,
    "share_known": pl.Float64,
    "fifth_known": pl.Int64,
    **dict.fromkeys(("share_deprived", "deprived_low", "deprived_high", "share_kept"), pl.Float64),
}
COUNTS = ("now", "new", "stay", "known", "fifth_known", "deprived")
Values = Mapping[str, float]


def tune(planner: Planner, drafts: Iterable[tuple[Values, Programme]]) -> pl.DataFrame:
    """One row per draft: the values that were changed, COUNTS, and places a month."""
    return pl.DataFrame([{**values, **_counted(planner, draft)} for values, draft in drafts])


def _counted(planner: Planner, draft: Programme) -> dict[str, Any]:
    plan = planner.plan(draft)
    lists = plan.totals.drop("what").row(0, named=True)
    fifths = plan.groups.filter(pl.col("kind") == DEPRIVATION, pl.col("group") != "not known")
    return {
        **lists,
        "known": list(planner.known_answers(draft).values()),
        "fifth_known": fifths["new"].sum(),
        "deprived": fifths.filter(pl.col("group").is_in(MOST_DEPRIVED))["new"].sum(),
        "places": int(plan.places["new"].sum()),
    }


def told(exact: pl.DataFrame) -> pl.DataFrame:
    """The table as an area user may see it: values, new, join, leave, months_to_wait, and shares (0 to 1).

    share_known: of the answers that the rules need of those listed. share_deprived: of the fifth_known, those listed
    whose fifth is known, with 95% limits. share_kept: of the live list. A share is null where a count that it rests on
    is hidden.
    """
    seen = exact.with_row_index("row")
    for together in (["now", "new", "stay"], ["fifth_known", "deprived"]):
        seen = for_area(seen, together, "nested", ["row"], across=True)
    seen = seen.drop("known").join(_answers(seen.select("row", "known")), on="row", how="left", maintain_order="left")
    rows = [_with_shares(row) for row in with_changes(seen).iter_rows(named=True)]
    kinds = {**exact.select(_values(exact)).schema, **_TOLD}
    return pl.DataFrame(rows, schema=kinds)


def _answers(known: pl.DataFrame) -> pl.DataFrame:
    """By row, how many answers are known (known), of how many rules (rules), added up from what may be told of each.

    One person is an answer to every rule: from a count of answers, however it is rounded, the list's exact size would
    follow.
    """
    each = known.explode("known").with_row_index("answer")
    seen = for_area(each, ["known"], "nested", ["answer"]).with_columns(pl.col("known").fill_null(A_FEW))
    return seen.group_by("row").agg(pl.col("known").sum(), rules=pl.len())


def _with_shares(row: dict[str, Any]) -> dict[str, Any]:
    deprived = share(row["deprived"], row["fifth_known"])
    known = share(row["known"], row["rules"] * row["new"]) if row["new"] else None
    kept = share(row["stay"], row["now"])
    return {
        **row,
        "months_to_wait": row["new"] / row["places"] if row["new"] is not None and row["places"] else None,
        "share_known": known and known.value,
        "share_deprived": deprived and deprived.value,
        "deprived_low": deprived and deprived.low,
        "deprived_high": deprived and deprived.high,
        "share_kept": kept and kept.value,
    }


def _values(exact: pl.DataFrame) -> list[str]:
    return [name for name in exact.columns if name not in (*COUNTS, "places")]
