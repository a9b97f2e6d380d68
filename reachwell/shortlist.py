"""Shortlist: who is on the list tonight, in which order, who is new, and who has left and why."""

import hashlib
from dataclasses import dataclass
from datetime import date

import polars as pl

from reachwell.area import Practice
from reachwell.criteria import Programme
from reachwell.features import Feature
from reachwell.match import MET, NOT_KNOWN, NOT_ON_LIST, leaf_of
from reachwell.measure import KEY, Measured
from reachwell.sentences import explained

REFERRAL = "social_prescribing_referral"


@dataclass(frozen=True)
class Shortlist:
    """One programme's results for one practice, but for the run's own columns.

    candidates, rules, matches, please_ask, other_routes, changes: see docs/reference/published.md.
    left: what is left of the month's places after this programme. steps: how many patients fell where.
    """

    candidates: pl.DataFrame
    rules: pl.DataFrame
    matches: pl.DataFrame
    please_ask: pl.DataFrame
    other_routes: pl.DataFrame
    changes: pl.DataFrame
    places_left: int
    steps: list[tuple[str, int]]


def places_a_month(practice: Practice, programme: Programme) -> int:
    """How many people a practice's link workers can take on in a month, whole places only.

    Source: NHS workforce guidance, 200 to 250 people per full-time link worker and year.
    """
    return int(practice.link_workers * programme.list.caseload_per_year / 12 + 1e-9)


def referred_this_month(measured: Measured, practice_id: str) -> int:
    """How many of the practice's patients were referred to a link worker since the first of the month."""
    key = next((key for key, feature in measured.features.items() if feature.name == REFERRAL), None)
    if key is None:
        return 0
    first = measured.on.replace(day=1)
    referred = measured.evidence[key].filter((pl.col("practice_id") == practice_id) & (pl.col("on_date") >= first))
    return referred.height


def shortlist(
    measured: Measured,
    matches: pl.DataFrame,
    practice: Practice,
    programme: Programme,
    places: int,
    first_flagged: pl.DataFrame,
    before: pl.DataFrame | None,
) -> Shortlist:
    """Make one practice's lists. matches: that practice's rows; places: the places open this month.

    first_flagged: programme, practice_id, patient_id, on_date of earlier nights.
    before: the candidates of the practice's list of an earlier day, or None if there was none.
    """
    on, threshold = measured.on, programme.list.threshold
    eligible = matches.filter(pl.col("step") == "eligible")
    routed = matches.filter(pl.col("step") == "another route")
    over = eligible.filter(pl.col("points") >= threshold)
    ranked = _ranked(over, first_flagged, programme, on)
    asked = _please_ask(eligible, measured, programme, places_a_month(practice, programme))
    told = pl.concat([over, eligible.join(asked, on=KEY, how="semi"), routed])
    rules = explained(measured, told, programme)
    candidates = ranked.with_columns(
        within_capacity=pl.col("rank") <= places, is_new=pl.col("first_flagged_on") == on
    ).join(_reasons(rules), on=KEY, how="left", maintain_order="left")
    routes = {route.id: route for route in programme.route}
    other_routes = routed.select(
        *KEY,
        "route",
        to=pl.col("route").replace_strict({key: each.to for key, each in routes.items()}, default=None),
        because=pl.col("route").replace_strict({key: each.because for key, each in routes.items()}, default=None),
        private=pl.col("route").replace_strict(
            {key: each.private for key, each in routes.items()}, default=None, return_dtype=pl.Boolean
        ),
        points="points",
        over_threshold=pl.col("points") >= threshold,
    ).sort(pl.col("points"), *KEY, descending=[True, False, False])
    used = candidates["within_capacity"].sum()
    return Shortlist(
        candidates=candidates,
        rules=rules,
        matches=eligible.drop("step", "route"),
        please_ask=asked,
        other_routes=other_routes,
        changes=_changes(candidates, before, matches, programme),
        places_left=places - int(used),
        steps=_steps(matches, candidates, programme),
    )


def _ranked(over: pl.DataFrame, first_flagged: pl.DataFrame, programme: Programme, on: date) -> pl.DataFrame:
    earlier = first_flagged.filter(pl.col("programme") == programme.id).select(*KEY, "on_date")
    lots = [_lot(programme.id, on, *key) for key in over.select(*KEY).iter_rows()]
    return (
        over.join(earlier, on=KEY, how="left", maintain_order="left")
        .with_columns(
            first_flagged_on=pl.min_horizontal(pl.col("on_date").fill_null(on), pl.lit(on)),
            _lot=pl.Series(lots, dtype=pl.String),
        )
        .sort("points", "first_flagged_on", "_lot", descending=[True, False, False])
        .with_row_index("rank", offset=1)
        .cast({"rank": pl.Int32})
        .select(*KEY, "rank", "points", "points_if_known", "first_flagged_on")
    )


def _lot(programme: str, on: date, practice_id: str, patient_id: str) -> str:
    # Drawn anew each month, so that nobody is last for ever, and alike each night of it.
    key = f"{programme} {on:%Y-%m}".encode()
    return hashlib.blake2b(f"{practice_id} {patient_id}".encode(), key=key[:64], digest_size=16).hexdigest()


def _reasons(rules: pl.DataFrame) -> pl.DataFrame:
    met = rules.filter(pl.col("result") == MET).sort("points", descending=True, maintain_order=True)
    return met.group_by(KEY, maintain_order=True).agg(reasons=pl.col("sentence"))


def _please_ask(eligible: pl.DataFrame, measured: Measured, programme: Programme, places: int) -> pl.DataFrame:
    """Who is one recorded fact short of the threshold: not known, and asking the person would tell."""
    features = {feature.name: feature for feature in measured.features.values()}
    threshold = programme.list.threshold
    values = eligible.select(*KEY).join(measured.values, on=KEY, how="left", maintain_order="left")
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
        .sort("points_with", "points", *KEY, "rule", descending=[True, True, False, False, False])
        .unique(KEY, keep="first", maintain_order=True)
        .head(places)
        .with_row_index("rank", offset=1)
        .cast({"rank": pl.Int32})
        .select(*KEY, "rank", "points", "points_with", "points_if_known", "rule", "ask")
    )


def _ask(feature: Feature, ask: str) -> str:
    return f"Please ask about {ask}: not known{f' in {feature.within}' if feature.within else ''}"


def _changes(
    candidates: pl.DataFrame, before: pl.DataFrame | None, matches: pl.DataFrame, programme: Programme
) -> pl.DataFrame:
    names = {"change": pl.String, "reason": pl.String}
    if before is None:
        return candidates.select(*KEY, change=pl.lit("new"), reason=pl.lit("first list of this practice"))
    new = candidates.join(before, on=KEY, how="anti").select(
        *KEY,
        change=pl.lit("new"),
        reason=pl.format("{} points, {} needed", "points", pl.lit(programme.list.threshold)),
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
        before.select(*KEY)
        .join(candidates, on=KEY, how="anti")
        .join(matches, on=KEY, how="left", maintain_order="left")
        .select(
            *KEY,
            change=pl.lit("gone"),
            reason=pl.when(pl.col("step").is_null())
            .then(pl.lit("no longer in the extract"))
            .when(pl.col("step") == "another route")
            .then(pl.col("route").replace(routes))
            .when(pl.col("step") == "eligible")
            .then(pl.format("{} points, {} needed", "points", pl.lit(programme.list.threshold)))
            .otherwise(pl.col("step").replace(because)),
        )
    )
    return pl.concat([new, still, gone]).cast(names).sort("change", *KEY)  # type: ignore[arg-type]


def _steps(matches: pl.DataFrame, candidates: pl.DataFrame, programme: Programme) -> list[tuple[str, int]]:
    """How many patients are left after each step, in order."""
    fell = dict(matches["step"].value_counts().rows())
    left = matches.height
    steps = [("In the extract", left)]
    names = {
        NOT_ON_LIST[0]: "Alive",
        NOT_ON_LIST[1]: "Still with the practice",
        NOT_ON_LIST[2]: "Registered by then",
        NOT_ON_LIST[3]: f"Aged {programme.population.minimum_age} or over",
        **{each.id: f"Not: {each.because}" for each in programme.exclusions},
        "another route": "Not needing another route",
    }
    for step, label in names.items():
        left -= fell.get(step, 0)
        steps.append((label, left))
    steps.append((f"{programme.list.threshold} points or more", candidates.height))
    steps.append(("Within this month's places", int(candidates["within_capacity"].sum())))
    return steps
