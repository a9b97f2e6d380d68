"""Coverage: of each feature that an area's programmes ask for, of how many adults it is known, and how fresh it is."""

from collections.abc import Sequence

import polars as pl

from reachwell.criteria import Programme
from reachwell.features import Feature
from reachwell.last_good import LastGood
from reachwell.match import Matcher
from reachwell.measure import Wanted
from reachwell.small_numbers import A_FEW, HIDDEN_UP_TO, NESTED_ROUNDED_TO, for_area

# fresh: found within the look-back; of a flag a yes, of a count more than none. none: a whole record says no or none.
# part: the record is not whole for the look-back, so that the count is a lower bound. stale: found only before the
# look-back. unknown: nothing says.
STATES = ("fresh", "none", "part", "stale", "unknown")
_STATE = pl.Enum(STATES)
KNOWN: dict[str, pl.DataType | type[pl.DataType]] = {
    "feature": pl.String, "practice_id": pl.String, "state": _STATE, "patients": pl.Int64,
}  # fmt: skip
# In a practice this large none of the five states, told to be 7 or fewer or to be more, follows from the total.
_TELLS_FROM = 50
_GROUP = ["feature", "practice_id"]


def asked_for(programmes: Sequence[Programme], last: LastGood) -> dict[str, Wanted]:
    """The features and look-backs that programmes ask for, by key, in the order in which they do."""
    return {key: pair for each in programmes for key, pair in each.wanted(last.features).items()}


def known(last: LastGood, programmes: Sequence[Programme]) -> pl.DataFrame:
    """How many of each practice's adults are in each state, by feature: rows of KNOWN, counts exact, zeros too.

    Adults are those registered who are old enough for one of the programmes.
    """
    asked = asked_for(programmes, last)
    matcher = last.judge(programmes).matcher
    ever = {feature.name: (feature, None) for feature, within in asked.values() if within and feature.absent is None}
    if missing := [pair for name, pair in ever.items() if name not in matcher.features]:
        matcher.add(last.measured(missing))
    adults = _adults(matcher, programmes)
    columns = set(matcher.values.columns)
    states = [_state(key, feature, within is not None, columns) for key, (feature, within) in asked.items()]
    found = matcher.values.filter(adults).select("practice_id", *states)
    whole = pl.DataFrame({"feature": list(asked)}).join(pl.DataFrame({"practice_id": sorted(last.dates)}), how="cross")
    grid = whole.join(pl.DataFrame({"state": STATES}, schema={"state": _STATE}), how="cross")
    counted = [
        found.group_by("practice_id", state=pl.col(key)).agg(feature=pl.lit(key), patients=pl.len().cast(pl.Int64))
        for key in asked
    ]
    told = pl.concat([pl.DataFrame(schema=KNOWN), *[each.select(list(KNOWN)) for each in counted]])
    return grid.join(told, on=[*_GROUP, "state"], how="left", maintain_order="left").with_columns(
        pl.col("patients").fill_null(0)
    )


def _adults(matcher: Matcher, programmes: Sequence[Programme]) -> pl.Series:
    youngest = min(each.population.minimum_age for each in programmes)
    return matcher.patients.select(adult=pl.col("registered") & (pl.col("age") >= youngest))["adult"]


def _state(key: str, feature: Feature, has_window: bool, columns: set[str]) -> pl.Expr:
    value = pl.col(key)
    if feature.absent is None:
        before = pl.col(feature.name).is_not_null() if has_window else pl.lit(False)
        state = pl.when(value.is_not_null()).then(pl.lit("fresh")).when(before).then(pl.lit("stale"))
    else:
        partial = pl.col(f"{key} at least") if f"{key} at least" in columns else pl.lit(False)
        state = pl.when(value.is_not_null() & partial).then(pl.lit("part")).when(value > 0).then(pl.lit("fresh"))
        state = state.when(value.is_not_null()).then(pl.lit("none"))
    return state.otherwise(pl.lit("unknown")).cast(_STATE).alias(key)


def told(counts: pl.DataFrame) -> pl.DataFrame:
    """Counts of known() as an area user may see them.

    Columns beside those of KNOWN: registered, the practice's adults; few, whether a hidden count is 1 to 7 (patients is
    null, and another may be hidden for its sake); about, what a hidden count is taken for where practices are added up,
    which follows from what is told. Of a practice of fewer than 50 adults nothing is told.
    """
    registered = pl.col("patients").sum().over(_GROUP)
    exact = counts.with_columns(registered=registered, few=pl.col("patients").is_between(1, HIDDEN_UP_TO))
    seen = for_area(exact, ["patients"], "parts", _GROUP).with_columns(
        registered=(pl.col("registered") + NESTED_ROUNDED_TO // 2) // NESTED_ROUNDED_TO * NESTED_ROUNDED_TO
    )
    tells = pl.col("registered") >= _TELLS_FROM
    nobody = pl.col("registered") == 0
    seen = seen.with_columns(
        patients=pl.when(tells | nobody).then("patients"),
        few=pl.col("few") & tells,
        registered=pl.when(tells | nobody).then("registered"),
    )
    many = pl.col("patients").is_null() & ~pl.col("few")
    rest = pl.col("registered") - pl.col("patients").sum().over(_GROUP) - A_FEW * pl.col("few").sum().over(_GROUP)
    share = (rest / many.sum().over(_GROUP)).clip(HIDDEN_UP_TO + 1)
    about = pl.when("few").then(A_FEW).when(many).then(share).otherwise(pl.col("patients"))
    return seen.with_columns(about=about.cast(pl.Float64))


def over_all(figures: pl.DataFrame) -> pl.DataFrame:
    """Figures as told() gives them, added up over the practices: feature, state, patients, registered and share.

    Of told figures they follow from what is told, so that nothing more is told of anybody; they are about right.
    share: of those registered, null where nobody is, or nothing is told.
    """
    added = figures.group_by("feature", "state", maintain_order=True).agg(
        pl.col("about").sum(), pl.col("registered").filter(pl.col("about").is_not_null()).sum()
    )
    return added.select(
        "feature",
        "state",
        patients=pl.col("about").round().cast(pl.Int64),
        registered="registered",
        share=pl.when(pl.col("registered") > 0).then(pl.col("about") / pl.col("registered")),
    )


def told_over_all(figures: pl.DataFrame) -> pl.DataFrame:
    """over_all() of told figures as an area user may see it: patients rounded, and null where they are 7 or fewer."""
    return for_area(over_all(figures), ["patients"], "nested", ["feature", "state"])
