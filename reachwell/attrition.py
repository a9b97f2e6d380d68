"""Attrition: how many patients of each practice are left after each step, in order."""

import polars as pl

from reachwell.criteria import Programme
from reachwell.match import ANOTHER_ROUTE, DECIDED, NOT_ON_LIST

STEPS = {"practice_id": pl.String, "place": pl.Int32, "step": pl.String, "patients": pl.Int64}


def attrition(matches: pl.DataFrame, candidates: pl.DataFrame, programme: Programme) -> pl.DataFrame:
    """One row per practice and step, as STEPS; counts are exact. matches: what match() gave."""
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
        ANOTHER_ROUTE: "Not needing another route",
        DECIDED: "Not: decided already",
    }
