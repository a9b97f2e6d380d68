"""Shortlist: who is on the list tonight, in which order, who is new, and who has left and why."""

import hashlib
from collections.abc import Mapping
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
STEPS = {"practice_id": pl.String, "place": pl.Int32, "step": pl.String, "patients": pl.Int64}


@dataclass(frozen=True)
class Shortlist:
    """One programme's results for a batch of practices, but for the run's own columns.

    candidates, rules, matches, please_ask, other_routes, changes: the published tables; see the reference.
    steps: practice_id, place, step and patients, how many are left after each step, in order.
    used: practice_id and used, how many of the month's places the programme takes.
    """

    candidates: pl.DataFrame
    rules: pl.DataFrame
    matches: pl.DataFrame
    please_ask: pl.DataFrame
    other_routes: pl.DataFrame
    changes: pl.DataFrame
    steps: pl.DataFrame
    used: dict[str, int]


def places_a_month(practice: Practice, programme: Programme) -> int:
    """How many people a practice's link workers can take on in a month, whole places only.

    Source: NHS workforce guidance, 200 to 250 people per full-time link worker and year.
    """
    # A hair is added since 0.8 * 225 / 12 is a hair under 15 in floating point.
    return int(practice.link_workers * programme.list.caseload_per_year / 12 + 1e-9)


def referred_this_month(measured: Measured) -> dict[str, int]:
    """How many of each practice's patients were referred to a link worker since the first of the month."""
    key = next((key for key, feature in measured.features.items() if feature.name == REFERRAL), None)
    if key is None:
        return {}
    since = measured.evidence(key).filter(pl.col("on_date") >= measured.on.replace(day=1))
    return dict(since["practice_id"].value_counts().rows())


def shortlist(
    measured: Measured,
    matches: pl.DataFrame,
    programme: Programme,
    places: Mapping[str, int],
    open_places: Mapping[str, int],
    first_flagged: pl.DataFrame,
    before: pl.DataFrame,
) -> Shortlist:
    """Make the lists of a batch of practices. matches: what match() gave for them.

    places: each practice's places in a month; open_places: those of them that are still free.
    first_flagged: programme, practice_id, patient_id, on_date of earlier nights.
    before: practice_id and patient_id of the candidates of each practice's list of an earlier day; a
    practice that had no list is not among them.
    """
    on, threshold = measured.on, programme.list.threshold
    eligible = matches.filter(pl.col("step") == "eligible")
    routed = matches.filter(pl.col("step") == "another route")
    over = eligible.filter(pl.col("points") >= threshold)
    asked = _please_ask(eligible, measured, programme, places)
    told = pl.concat([over, eligible.join(asked, on=KEY, how="semi"), routed])
    rules = explained(measured, told, programme)
    within = pl.col("rank") <= pl.col("practice_id").replace_strict(dict(open_places), default=0)
    candidates = (
        _ranked(over, first_flagged, programme, on)
        .with_columns(within_capacity=within, is_new=pl.col("first_flagged_on") == on)
        .join(_reasons(rules), on=KEY, how="left", maintain_order="left")
    )
    return Shortlist(
        candidates=candidates,
        rules=rules,
        matches=eligible.drop("row", "step", "route"),
        please_ask=asked,
        other_routes=_other_routes(routed, programme),
        changes=_changes(candidates, before, matches, programme),
        steps=_steps(matches, candidates, programme),
        used=dict(candidates.filter("within_capacity")["practice_id"].value_counts().rows()),
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
        .sort("practice_id", "points", "first_flagged_on", "_lot", descending=[False, True, False, False])
        .with_columns(rank=_place_in_practice())
        .select(*KEY, "rank", "points", "points_if_known", "first_flagged_on")
    )


def _place_in_practice() -> pl.Expr:
    return pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("practice_id")


def _lot(programme: str, on: date, practice_id: str, patient_id: str) -> str:
    # Drawn anew each month, so that nobody is last for ever, and alike each night of it.
    key = f"{programme} {on:%Y-%m}".encode()
    return hashlib.blake2b(f"{practice_id} {patient_id}".encode(), key=key[:64], digest_size=16).hexdigest()


def _reasons(rules: pl.DataFrame) -> pl.DataFrame:
    met = rules.filter(pl.col("result") == MET).sort("points", descending=True, maintain_order=True)
    return met.group_by(KEY, maintain_order=True).agg(reasons=pl.col("sentence"))


def _other_routes(routed: pl.DataFrame, programme: Programme) -> pl.DataFrame:
    facts = pl.DataFrame(
        [(each.id, each.to, each.because, each.private) for each in programme.route],
        schema={"route": pl.String, "to": pl.String, "because": pl.String, "private": pl.Boolean},
        orient="row",
    )
    return (
        routed.join(facts, on="route", how="left", maintain_order="left")
        .select(
            *KEY, "route", "to", "because", "private", "points",
            over_threshold=pl.col("points") >= programme.list.threshold,
        )
        .sort("practice_id", "points", "patient_id", descending=[False, True, False])
    )  # fmt: skip


def _please_ask(
    eligible: pl.DataFrame, measured: Measured, programme: Programme, places: Mapping[str, int]
) -> pl.DataFrame:
    """Who is one recorded fact short of the threshold: not known, and asking the person would tell."""
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
        .with_columns(rank=_place_in_practice())
        .filter(pl.col("rank") <= pl.col("practice_id").replace_strict(dict(places), default=0))
        .select(*KEY, "rank", "points", "points_with", "points_if_known", "rule", "ask")
    )


def _ask(feature: Feature, ask: str) -> str:
    return f"Please ask about {ask}: not known{f' in {feature.within}' if feature.within else ''}"


def _changes(
    candidates: pl.DataFrame, before: pl.DataFrame, matches: pl.DataFrame, programme: Programme
) -> pl.DataFrame:
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
            .when(pl.col("step") == "another route")
            .then(pl.col("route").replace(routes))
            .when(pl.col("step") == "eligible")
            .then(needed)
            .otherwise(pl.col("step").replace(because)),
        )
    )
    return pl.concat([new, still, gone]).sort("practice_id", "change", "patient_id")


def _steps(matches: pl.DataFrame, candidates: pl.DataFrame, programme: Programme) -> pl.DataFrame:
    """How many patients of each practice are left after each step, in order."""
    counted = matches.group_by("practice_id", "step").len()
    fell: dict[str, dict[str, int]] = {}
    for ods, step, patients in counted.rows():
        fell.setdefault(ods, {})[step] = patients
    over = dict(candidates["practice_id"].value_counts().rows())
    served = dict(candidates.filter("within_capacity")["practice_id"].value_counts().rows())
    rows = []
    for ods, of_practice in sorted(fell.items()):
        left = sum(of_practice.values())
        steps = [("In the extract", left)]
        for step, label in _step_names(programme).items():
            left -= of_practice.get(step, 0)
            steps.append((label, left))
        steps.append((f"{programme.list.threshold} points or more", over.get(ods, 0)))
        steps.append(("Within this month's places", served.get(ods, 0)))
        rows += [(ods, place, step, patients) for place, (step, patients) in enumerate(steps, start=1)]
    return pl.DataFrame(rows, schema=STEPS, orient="row")


def _step_names(programme: Programme) -> dict[str, str]:
    return {
        NOT_ON_LIST[0]: "Alive",
        NOT_ON_LIST[1]: "Still with the practice",
        NOT_ON_LIST[2]: "Registered by then",
        NOT_ON_LIST[3]: f"Aged {programme.population.minimum_age} or over",
        **{each.id: f"Not: {each.because}" for each in programme.exclusions},
        "another route": "Not needing another route",
    }
