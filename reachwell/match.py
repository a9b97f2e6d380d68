"""Match: the criteria as Polars expressions over the features, with three values, Kleene's way.

Met, not met, not known. In the expressions these are true, false and null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from reachwell.conditions import Condition, Rule
from reachwell.criteria import Programme
from reachwell.features import Feature
from reachwell.measure import KEY, Measured

MET, NOT_MET, NOT_KNOWN = "met", "not_met", "not_known"
RESULTS = pl.Enum([MET, NOT_MET, NOT_KNOWN])
NOT_ON_LIST = ("died", "left the practice", "not registered yet", "under the minimum age")


@dataclass(frozen=True)
class Leaf:
    """A comparison of one feature at one look-back: the key its values are filed under."""

    condition: Condition
    feature: Feature
    key: str


def leaf_of(condition: Condition, features: Mapping[str, Feature]) -> Leaf:
    """The feature and key of a single comparison."""
    feature = features[str(condition.feature)]
    return Leaf(condition, feature, feature.key(condition.within or feature.within))


def outcome(condition: Condition, features: Mapping[str, Feature], columns: set[str]) -> pl.Expr:
    """Whether a condition is met, as an expression over measured values: true, false or null.

    columns: those of the values; a "<key> at least" column marks values that are lower bounds, which
    "at least" and "more than" may be met by; anything else is not known of them.
    """
    if condition.all is not None:
        return _joined(condition.all, features, columns, pl.all_horizontal, neutral=True)
    if condition.any is not None:
        return _joined(condition.any, features, columns, pl.any_horizontal, neutral=False)
    leaf = leaf_of(condition, features)
    if isinstance(condition, Rule) and condition.bands:
        name, bound = "at_least", min(band.at_least for band in condition.bands)
    else:
        name, bound = condition.comparison
    met = _compared(pl.col(leaf.key), name, bound)
    if f"{leaf.key} at least" not in columns:
        return met
    partial = pl.col(f"{leaf.key} at least")
    if name in ("at_least", "more_than"):
        return pl.when(~partial | met).then(met)
    return pl.when(~partial).then(met)


def match(measured: Measured, programme: Programme) -> pl.DataFrame:
    """One row per patient on record: where the patient fell, each rule's result, and points.

    Columns: practice_id, patient_id, row (the patient's place in the batch), step (eligible, or what left
    the patient out), route (the route's id or null), one column of RESULTS per rule id, points, and
    points_if_known: what the points would be if every rule that is not known were met.
    """
    features = {feature.name: feature for feature in measured.features.values()}
    columns = set(measured.values.columns)
    minimum = programme.population.minimum_age
    step = pl.coalesce(
        pl.when(pl.col("died_on").is_not_null()).then(pl.lit(NOT_ON_LIST[0])),
        pl.when(pl.col("deregistered_on").is_not_null()).then(pl.lit(NOT_ON_LIST[1])),
        pl.when(~pl.col("registered")).then(pl.lit(NOT_ON_LIST[2])),
        pl.when(pl.col("age") < minimum).then(pl.lit(NOT_ON_LIST[3])),
        # An exclusion or a route that is not known does not fire.
        *[pl.when(outcome(each, features, columns)).then(pl.lit(each.id)) for each in programme.exclusions],
        pl.lit("eligible"),
    )
    routes = [pl.when(outcome(each, features, columns)).then(pl.lit(each.id)) for each in programme.route]
    base = measured.values.with_columns(
        measured.patients.select("died_on", "deregistered_on", "registered", "age")
    ).with_row_index("row")
    told = base.select(
        *KEY,
        "row",
        step.alias("step"),
        (pl.coalesce(*routes) if routes else pl.lit(None, pl.String)).alias("route"),
        *[outcome(rule, features, columns).alias(rule.id) for rule in programme.rule],
        *[band_points(rule, features).alias(f"{rule.id} points") for rule in programme.rule if rule.bands],
    )
    routed = (pl.col("step") == "eligible") & pl.col("route").is_not_null()
    told = told.with_columns(
        pl.when(routed).then(pl.lit("another route")).otherwise("step").alias("step"),
        pl.when(routed).then("route").alias("route"),
        pl.sum_horizontal(*[_points(rule).fill_null(0) for rule in programme.rule]).cast(pl.Int32).alias("points"),
        pl.sum_horizontal(
            *[
                pl.when(pl.col(rule.id).is_null()).then(rule.most_points).otherwise(_points(rule))
                for rule in programme.rule
            ]
        )
        .cast(pl.Int32)
        .alias("points_if_known"),
    )
    words = [in_words(pl.col(rule.id)).alias(rule.id) for rule in programme.rule]
    return told.select(*KEY, "row", "step", "route", *words, "points", "points_if_known")


def band_points(rule: Rule, features: Mapping[str, Feature]) -> pl.Expr:
    """The points of a rule with bands: those of the highest band that fits."""
    value = pl.col(leaf_of(rule, features).key)
    steps = sorted(rule.bands or (), key=lambda band: -band.at_least)
    return pl.coalesce(*[pl.when(value >= band.at_least).then(band.points) for band in steps], 0)


def _points(rule: Rule) -> pl.Expr:
    worth = pl.col(f"{rule.id} points") if rule.bands else pl.lit(rule.points)
    return pl.when(pl.col(rule.id)).then(worth).otherwise(0)


def in_words(result: pl.Expr) -> pl.Expr:
    """True, false and null as RESULTS."""
    return (
        pl.when(result.is_null())
        .then(pl.lit(NOT_KNOWN))
        .when(result)
        .then(pl.lit(MET))
        .otherwise(pl.lit(NOT_MET))
        .cast(RESULTS)
    )


def _joined(
    parts: Sequence[Condition],
    features: Mapping[str, Feature],
    columns: set[str],
    join: Callable[..., pl.Expr],
    neutral: bool,
) -> pl.Expr:
    outcomes = [outcome(part, features, columns) for part in parts]
    skips = [part.when_unknown == "skip" for part in parts]
    # What is skipped where unknown takes the value that decides nothing.
    joined = join(*[each.fill_null(neutral) if skip else each for each, skip in zip(outcomes, skips, strict=True)])
    if not all(skips):
        return joined
    nothing_known = reduce(lambda so_far, each: so_far & each.is_null(), outcomes[1:], outcomes[0].is_null())
    return pl.when(~nothing_known).then(joined)


def _compared(value: pl.Expr, name: str, bound: object) -> pl.Expr:
    match name, bound:
        case "is", bool() | int() | float():
            return value == float(bound)
        case "is_one_of", tuple():
            return value.is_in([float(each) for each in bound])
        case "at_least", float():
            return value >= bound
        case "at_most", float():
            return value <= bound
        case "more_than", float():
            return value > bound
        case "less_than", float():
            return value < bound
        case "between", (float(low), float(high)):
            return value.is_between(low, high)
    raise AssertionError(f"no comparison is called {name}")
