"""Plan told: a plan as an area user may see it, with shares and their limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from reachwell.limits import Estimate, difference, share
from reachwell.small_numbers import for_area
from reachwell.tuning.plan import COUNTS, Plan

DEPRIVATION, MOST_DEPRIVED = "deprivation fifth", ("1, most deprived", "2")
_GAP = {"gap": pl.Float64, "gap_low": pl.Float64, "gap_high": pl.Float64}


@dataclass(frozen=True)
class Told:
    """A plan's tables with counts suppressed, as Plan has them, and join and leave besides where it has lists.

    pool: how many may be listed. groups has also share_pool, share_now and share_new, and gap, gap_low and gap_high:
    the group's share of the list less its share of the others who may be listed, with 95% limits. deprived: the same
    for the two most deprived fifths together. wait_now, wait_new: months until everybody on the list had a place; None
    where there is none or the list is hidden.
    """

    pool: int | None
    totals: pl.DataFrame
    groups: pl.DataFrame
    rules: pl.DataFrame
    deprived: Estimate | None
    wait_now: float | None
    wait_new: float | None


def told(plan: Plan) -> Told:
    """A plan in figures that may leave the practices."""
    totals = with_changes(for_area(plan.totals, COUNTS, "nested", ["what"], across=True))
    pool = for_area(plan.groups.filter(kind="practice").select(pl.col("pool").sum()), ["pool"], "nested")["pool"][0]
    groups = _groups(plan.groups, {"pool": pool, "now": totals["now"][0], "new": totals["new"][0]})
    met = [name for name in plan.rules.columns if name not in ("rule", "label")]
    waits = [_wait(totals[name][0], int(plan.places[name].sum())) for name in ("now", "new")]
    return Told(
        pool=pool,
        totals=totals,
        groups=groups,
        rules=for_area(plan.rules, met, "nested", ["rule"], across=True),
        deprived=_deprived(groups),
        wait_now=waits[0],
        wait_new=waits[1],
    )


def with_changes(lists: pl.DataFrame) -> pl.DataFrame:
    """How many join and leave besides, from the lists as they are told (now, new and stay), so that it adds nothing."""
    return lists.with_columns(join=pl.col("new") - pl.col("stay"), leave=pl.col("now") - pl.col("stay"))


def _groups(exact: pl.DataFrame, whole: Mapping[str, int | None]) -> pl.DataFrame:
    parts = for_area(exact, ["pool", *COUNTS], "parts", ["kind"])
    # A group's lists are nested too: beside one of a few a list of nobody says that all of them leave.
    nested = for_area(exact, COUNTS, "nested", ["kind", "group"], across=True)
    seen = with_changes(
        parts.with_columns(pl.when(nested[name].is_not_null()).then(name).alias(name) for name in COUNTS)
    )
    rows = [_with_shares(row, whole) for row in seen.iter_rows(named=True)]
    shares = dict.fromkeys((f"share_{name}" for name in whole), pl.Float64)
    return pl.DataFrame(rows, schema={**seen.schema, **shares, **_GAP})


def _with_shares(row: dict[str, Any], whole: Mapping[str, int | None]) -> dict[str, Any]:
    shares = {name: share(row[name], whole[name]) for name in whole}
    gap = difference(shares["new"], share(_less(row["pool"], row["new"]), _less(whole["pool"], whole["new"])))
    told = {f"share_{name}": each and each.value for name, each in shares.items()}
    return {**row, **told, **dict(zip(_GAP, (gap.value, gap.low, gap.high) if gap else (None,) * 3, strict=True))}


def _deprived(groups: pl.DataFrame) -> Estimate | None:
    fifths = groups.filter(pl.col("kind") == DEPRIVATION, pl.col("group") != "not known").drop_nulls(["pool", "new"])
    sums = [each.select(pl.col("new", "pool").sum()).row(0) for each in (_most_deprived(fifths), fifths)]
    (listed, pool), (all_listed, all_pool) = sums
    return difference(share(listed, all_listed), share(_less(pool, listed), _less(all_pool, all_listed)))


def _most_deprived(fifths: pl.DataFrame) -> pl.DataFrame:
    return fifths.filter(pl.col("group").is_in(MOST_DEPRIVED))


def _less(whole: int | None, part: int | None) -> int | None:
    # Rounded, a part may be more than the whole.
    return None if whole is None or part is None else max(whole - part, 0)


def _wait(listed: int | None, places: int) -> float | None:
    return listed / places if listed is not None and places else None
