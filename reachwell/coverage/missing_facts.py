"""Missing facts: how many are under the threshold for want of one recorded fact that asking the person would tell."""

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from reachwell.conditions import Condition, Rule
from reachwell.criteria import Programme
from reachwell.judge import Judge
from reachwell.match import Matcher
from reachwell.outcome import leaf_of, worth
from reachwell.small_numbers import for_area

MISSING = {
    "programme": pl.String, "rule": pl.String, "label": pl.String, "feature": pl.String, "ask": pl.String,
    "practice_id": pl.String, "patients": pl.Int64,
}  # fmt: skip
_FACT = ["programme", "rule", "label", "feature", "ask"]


def missing_facts(judge: Judge, programmes: Sequence[Programme]) -> pl.DataFrame:
    """By rule, feature and practice, whom one fact would bring over the threshold: rows of MISSING, counts exact.

    Counted are those who may be on the list and have too few points, of whom the fact is not known, and who would have
    enough points if it were known and favourable. They are asked about whether or not a practice has places left, and
    whether or not the rule skips what is not known. One patient may be counted with several facts.
    """
    rows = [row for programme in programmes for row in _of_programme(judge, programme)]
    return pl.DataFrame(rows, schema=MISSING, orient="row")


def told_missing(missing: pl.DataFrame) -> pl.DataFrame:
    """Missing facts over all practices as an area user may see them, the most patients first: 7 or fewer are null."""
    counted = missing.group_by(_FACT, maintain_order=True).agg(pl.col("patients").sum())
    # Each for itself: that nobody wants for one fact says nothing of the few who want for another.
    return for_area(counted, ["patients"], "nested", _FACT).sort(
        "patients", descending=True, nulls_last=True, maintain_order=True
    )


def _of_programme(judge: Judge, programme: Programme) -> Iterator[tuple[object, ...]]:
    matcher = judge.matcher
    points = matcher.points_by_combination(programme)[matcher.combinations(programme).of_patient]
    under = judge.eligible(programme) & (points < programme.list.threshold)
    values, short = matcher.values.filter(under), programme.list.threshold - points[under]
    practices = judge.practice[under]
    for rule in programme.rule:
        for key, gain in _gains(rule, matcher, values).items():
            counts = np.bincount(practices[gain >= short], minlength=len(judge.codes))
            feature = matcher.features[key]
            for ods, patients in zip(judge.codes, counts.tolist(), strict=True):
                yield programme.id, rule.id, rule.label, key, feature.ask, ods, patients


def _gains(rule: Rule, matcher: Matcher, values: pl.DataFrame) -> dict[str, np.ndarray]:
    """By each fact that asking would tell, the points each patient would gain by it at most: 0 where it is known."""
    features = {feature.name: feature for feature in matcher.features.values()}
    columns = set(values.columns)
    before = values.select(worth(rule, features, columns).alias("points"))["points"].to_numpy()
    gains: dict[str, np.ndarray] = {}
    for leaf in (leaf for step, _ in rule.steps for leaf in step.leaves()) if rule.bands else rule.leaves():
        place = leaf_of(leaf, features)
        if not place.feature.ask:
            continue
        if_known = values.with_columns(pl.col(place.key).fill_null(_favourable(leaf)))
        gain = if_known.select(worth(rule, features, columns).alias("points"))["points"].to_numpy() - before
        gains[place.key] = np.maximum(gains.get(place.key, gain), gain)
    return gains


def _favourable(leaf: Condition) -> float:
    """A value that meets a comparison."""
    match leaf.comparison:
        case (("is_one_of" | "between"), (first, *_)):
            return float(first)
        case "more_than", bound:
            return float(bound) + 1
        case "less_than", bound:
            return float(bound) - 1
        case _, bound:
            return float(bound)
