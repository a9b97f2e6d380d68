"""Outcome: what a condition comes to, as a Polars expression with three values, Kleene's way.

Met, not met, not known. In the expressions these are true, false and null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from reachwell.conditions import Condition, Rule
from reachwell.features import Feature


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
    if isinstance(condition, Rule) and condition.bands:
        condition = condition.steps[0][0]
    leaf = leaf_of(condition, features)
    name, bound = condition.comparison
    met = _compared(pl.col(leaf.key), name, bound)
    if f"{leaf.key} at least" not in columns:
        return met
    partial = pl.col(f"{leaf.key} at least")
    if name in ("at_least", "more_than"):
        return pl.when(~partial | met).then(met)
    return pl.when(~partial).then(met)


def worth(rule: Rule, features: Mapping[str, Feature], columns: set[str]) -> pl.Expr:
    """The points that a rule gives: those of the highest band that fits, where it has bands."""
    return pl.sum_horizontal(
        *[pl.when(outcome(step, features, columns)).then(more).otherwise(0) for step, more in rule.steps]
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
