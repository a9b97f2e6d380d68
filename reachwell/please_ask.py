"""Please ask: who is one recorded fact short of the threshold, and what to ask them."""

from collections.abc import Mapping

import polars as pl

from reachwell.criteria import Programme
from reachwell.features import Feature
from reachwell.match import NOT_KNOWN
from reachwell.measure import KEY, Measured
from reachwell.order import place_in_practice
from reachwell.outcome import leaf_of


def please_ask(
    eligible: pl.DataFrame, measured: Measured, programme: Programme, places: Mapping[str, int]
) -> pl.DataFrame:
    """Who is one recorded fact short of the threshold: not known, and asking the person would tell.

    eligible: rows of match(). places: each practice's places in a month, the most it is asked about.
    """
    features = {feature.name: feature for feature in measured.features.values()}
    threshold = programme.list.threshold
    values = measured.values[eligible["row"]]
    found = [
        eligible.clear()
        .select(*KEY, "points", "points_if_known")
        .with_columns(rule=pl.lit(None, pl.String), ask=pl.lit(None, pl.String), points_with=pl.lit(None, pl.Int32))
    ]
    for rule in programme.rule:
        for leaf in rule.leaves():
            place = leaf_of(leaf, features)
            if leaf.when_unknown == "skip" or not (ask := place.feature.ask):
                continue
            unknown = values[place.key].is_null() & (eligible[rule.id] == NOT_KNOWN)
            short = (eligible["points"] < threshold) & (eligible["points"] + rule.most_points >= threshold)
            found.append(
                eligible.filter(unknown & short)
                .select(*KEY, "points", "points_if_known")
                .with_columns(
                    rule=pl.lit(rule.id),
                    ask=pl.lit(_ask(place.feature, ask)),
                    points_with=(pl.col("points") + rule.most_points).cast(pl.Int32),
                )
            )
    return (
        pl.concat(found)
        .sort(
            "practice_id", "points_with", "points", "patient_id", "rule", descending=[False, True, True, False, False]
        )
        .unique(KEY, keep="first", maintain_order=True)
        .with_columns(rank=place_in_practice())
        .filter(pl.col("rank") <= pl.col("practice_id").replace_strict(dict(places), default=0))
        .select(*KEY, "rank", "points", "points_with", "points_if_known", "rule", "ask")
    )


def _ask(feature: Feature, ask: str) -> str:
    return f"Please ask about {ask}: not known{f' in {feature.within}' if feature.within else ''}"
