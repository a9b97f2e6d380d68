"""Sentences: what a rule found of a patient, in words that come from its features' own `says`.

Lists, `why` and the docs all read from here, so that they agree.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from reachwell.conditions import Condition, Rule
from reachwell.criteria import Programme
from reachwell.features import Feature, lower_first
from reachwell.look_back import LookBack
from reachwell.match import in_words
from reachwell.measure import KEY, Measured
from reachwell.outcome import Leaf, leaf_of, outcome, worth

# What binary fractions miss: 0.07 * 100 is a hair over 7.
_HAIR = 1e-9
_NEEDS = {
    "at_least": "at least {}",
    "at_most": "at most {}",
    "more_than": "more than {}",
    "less_than": "less than {}",
}


def explained(measured: Measured, matches: pl.DataFrame, programme: Programme) -> pl.DataFrame:
    """One row per rule for each of the patients in matches (as match() gave them), with what was found.

    Columns: practice_id, patient_id, rule, result, value, unit, on_date, sentence, points.
    """
    features = {feature.name: feature for feature in measured.features.values()}
    rows = matches["row"].sort()
    values = measured.values[rows]
    columns = set(values.columns)
    for key in measured.found:
        evidence = measured.evidence(key, rows)
        told = evidence.rename({"on_date": f"{key} on_date", "detail": f"{key} detail"})
        values = values.join(told, on=KEY, how="left", maintain_order="left")
    frames = [_explained(rule, values, columns, features) for rule in programme.rule]
    order = {rule.id: place for place, rule in enumerate(programme.rule)}
    told = pl.concat(frames).with_columns(_place=pl.col("rule").replace_strict(order, return_dtype=pl.Int32))
    return told.sort(*KEY, "_place").drop("_place")


def _explained(rule: Rule, values: pl.DataFrame, columns: set[str], features: Mapping[str, Feature]) -> pl.DataFrame:
    paths = list(_paths(rule))
    leaves = [leaf_of(path[-1], features) for path in paths]
    # Step by step, each as columns of its own: one large expression is planned for longer than it runs.
    parts = {id(part): part for path in paths for part in path}
    worked = values.with_columns(outcome(part, features, columns).alias(f"_{key}") for key, part in parts.items())
    result = pl.col(f"_{id(rule)}")
    # What decided is what came out as the whole did, all the way down.
    worked = worked.with_columns(
        pl.all_horizontal(*[pl.col(f"_{id(part)}").eq_missing(result) for part in path]).alias(f"_decides {place}")
        for place, path in enumerate(paths)
    )
    worked = worked.with_columns(
        pl.when(pl.col(f"_decides {place}"))
        .then(_words(leaf, pl.col(f"_{id(leaf.condition)}"), columns))
        .alias(f"_words {place}")
        for place, leaf in enumerate(leaves)
    )

    # Value, unit and day are one comparison's: the first of those that decided.
    first = pl.coalesce(*[pl.when(pl.col(f"_decides {place}")).then(place) for place in range(len(leaves))])

    def of_the_first(expressions: list[pl.Expr]) -> pl.Expr:
        return pl.coalesce(*[pl.when(first == place).then(each) for place, each in enumerate(expressions)])

    return worked.select(
        *KEY,
        rule=pl.lit(rule.id),
        result=in_words(result),
        value=of_the_first([pl.col(leaf.key) for leaf in leaves]),
        unit=of_the_first([pl.lit(leaf.feature.unit) for leaf in leaves]),
        on_date=of_the_first([pl.col(f"{leaf.key} on_date") for leaf in leaves]),
        sentence=_capital(
            pl.concat_str(*[f"_words {place}" for place in range(len(leaves))], separator="; ", ignore_nulls=True)
        ),
        points=worth(rule, features, columns).cast(pl.Int32),
    )


def _paths(condition: Condition) -> Iterator[tuple[Condition, ...]]:
    """For each comparison, from left to right, the conditions from the whole down to it."""
    if condition.feature is not None:
        yield (condition,)
    for part in (*(condition.all or ()), *(condition.any or ())):
        for path in _paths(part):
            yield (condition, *path)


def _words(leaf: Leaf, met: pl.Expr, columns: set[str]) -> pl.Expr:
    feature = leaf.feature
    within = leaf.condition.within or feature.within
    needs = needed(leaf.condition, feature)
    needs = f" (needs {needs})" if needs else ""
    found = _says(leaf, feature.says, within)
    if feature.says_one:
        found = pl.when(pl.col(leaf.key) == 1).then(_says(leaf, feature.says_one, within)).otherwise(found)
    if feature.says_none:
        found = pl.when(pl.col(leaf.key) == 0).then(_says(leaf, feature.says_none, within)).otherwise(found)
    unknown = pl.lit(f"{feature.title} not known{_in(within)}")
    if f"{leaf.key} at least" in columns:
        partial = pl.lit(f", but the record is not whole for that time{needs}")
        # "At least none" says nothing; what was not found is told as it is.
        seen = pl.when(pl.col(leaf.key) > 0).then(pl.concat_str(pl.lit("at least "), found)).otherwise(found)
        unknown = pl.when(pl.col(leaf.key).is_not_null()).then(pl.concat_str(seen, partial)).otherwise(unknown)
    return pl.when(met.is_null()).then(unknown).when(met).then(found).otherwise(pl.concat_str(found, pl.lit(needs)))


def needed(condition: Condition, feature: Feature) -> str:
    """What a comparison asks for, in words: "at least 10", "5 to 14", "1 or 2"; empty for yes or no."""
    name, bound = condition.comparison
    if name == "is" or not name:
        return "" if feature.is_flag or not name else shown(float(bound), feature.unit)
    if name == "is_one_of":
        return " or ".join(shown(each, feature.unit) for each in bound)
    if name == "between":
        return f"{shown(bound[0], feature.unit)} to {shown(bound[1], feature.unit)}"
    return _NEEDS[name].format(shown(bound, feature.unit))


def described(condition: Condition, features: Mapping[str, Feature]) -> str:
    """A whole condition in words, as the list of rules shows it."""
    if condition.feature is not None:
        feature = features[condition.feature]
        within = condition.within or feature.within
        if isinstance(condition, Rule) and condition.bands:
            what = ", ".join(f"{shown(b.at_least, feature.unit)} or more: {b.points}" for b in condition.bands)
            return f"{lower_first(feature.title)} {what}{_in(within)}"
        if feature.is_flag:
            return f"{'' if condition.comparison[1] else 'no '}{lower_first(feature.title)}{_in(within)}"
        unknown = ", where known" if condition.when_unknown == "skip" else ""
        return f"{lower_first(feature.title)} {needed(condition, feature)}{_in(within)}{unknown}"
    word = " and " if condition.all else " or "
    parts = [described(each, features) for each in condition.all or condition.any or ()]
    nested = [
        f"({part})" if each.feature is None else part
        for part, each in zip(parts, condition.all or condition.any or (), strict=True)
    ]
    return word.join(nested)


def shown(value: float, unit: str) -> str:
    """A number as people write it: 10, 5.5, 10%, £20.00."""
    if unit == "share":
        return f"{value:.0%}"
    if unit.startswith("pounds"):
        return f"£{value:.2f}"
    return f"{value:.0f}" if value == round(value) else f"{value:.1f}"


def _says(leaf: Leaf, text: str, within: LookBack | None) -> pl.Expr:
    text = text.replace("{within}", str(within))
    pieces: list[pl.Expr] = []
    for piece in text.replace("{value}", "\0value\0").replace("{detail}", "\0detail\0").split("\0"):
        if piece == "value":
            pieces.append(_shown(pl.col(leaf.key), leaf.feature.unit))
        elif piece == "detail":
            pieces.append(pl.col(f"{leaf.key} detail").fill_null(""))
        elif piece:
            pieces.append(pl.lit(piece))
    return pl.concat_str(*pieces)


def _shown(value: pl.Expr, unit: str) -> pl.Expr:
    # The same as shown(), for a column.
    if unit == "share":
        return pl.concat_str((value * 100 - _HAIR).ceil().cast(pl.Int64), pl.lit("%"))
    if unit.startswith("pounds"):
        # Never rounded up: a sum just short of a threshold must not read as if it reached it.
        pence = (value * 100 + _HAIR).floor().cast(pl.Int64)
        return pl.concat_str(pence // 100, pl.lit("."), (pence % 100).cast(pl.String).str.zfill(2))
    whole = value.round(0)
    one_decimal = value.round(1).cast(pl.String)
    return pl.when(value == whole).then(whole.cast(pl.Int64).cast(pl.String)).otherwise(one_decimal)


def _in(within: LookBack | None) -> str:
    return f" in {within}" if within else ""


def _capital(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(text.str.slice(0, 1).str.to_uppercase(), text.str.slice(1))
