"""Generated patients as a night would have measured them, and programmes that differ from the shipped one."""

from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl

from reachwell.area import Practice
from reachwell.criteria import Programme, wanted_by
from reachwell.measure import Measured
from tests.practice import catalogue, programme

ON = date(2026, 11, 21)
ETHNICITIES = ("White", "Asian", "Black", None)


def measured(seed: int, patients: int = 60, practices: int = 3, on: date = ON) -> Measured:
    """So many patients of some practices, A00000 and on, whose features have values that rules turn on."""
    draw = Random(seed)
    wanted = wanted_by([programme()], catalogue())
    ids = {
        "practice_id": sorted(f"A{draw.randrange(practices):05}" for _ in range(patients)),
        "patient_id": [f"P{each:05}" for each in range(patients)],
    }
    values: dict[str, list[Any]] = {}
    for key, (feature, within) in wanted.items():
        values[key] = [_value(draw, feature) for _ in range(patients)]
        if feature.is_count and within:
            values[f"{key} at least"] = [draw.random() < 0.1 for _ in range(patients)]
    people = {
        "sex": [draw.choice(["female", "male", "indeterminate"]) for _ in range(patients)],
        "imd_decile": [draw.choice([None, *range(1, 11)]) for _ in range(patients)],
        "ethnicity": [draw.choice(ETHNICITIES) for _ in range(patients)],
        "died_on": [on if draw.random() < 0.05 else None for _ in range(patients)],
        "deregistered_on": [on if draw.random() < 0.05 else None for _ in range(patients)],
        "registered": [draw.random() < 0.95 for _ in range(patients)],
        "age": [draw.randrange(12, 99) for _ in range(patients)],
    }
    kinds = {
        "practice_id": pl.String, "patient_id": pl.String, "sex": pl.String, "imd_decile": pl.Int32,
        "ethnicity": pl.String, "died_on": pl.Date, "deregistered_on": pl.Date, "registered": pl.Boolean,
        "age": pl.Int64,
    }  # fmt: skip
    measures = {key: pl.Boolean if key.endswith(" at least") else pl.Float64 for key in values}
    return Measured(
        on=on,
        patients=pl.DataFrame({**ids, **people}, schema=kinds),
        values=pl.DataFrame({**ids, **values}, schema_overrides={**measures, **dict.fromkeys(ids, pl.String)}),
        found={},
        features={key: feature for key, (feature, _) in wanted.items()},
    )


def _value(draw: Random, feature: Any) -> float | None:
    if draw.random() < 0.2:
        return None
    if feature.is_flag:
        return float(draw.random() < (0.1 if feature.absent is not None else 0.4))
    return draw.choice([0.0, 0.04, 0.1, 0.3]) if feature.unit == "share" else float(draw.randrange(0, 15))


def flagged(seed: int, of: Measured, programme_id: str = "social_prescribing") -> pl.DataFrame:
    """Who was flagged first when, of a third of them."""
    draw = Random(seed)
    rows = [
        (programme_id, ods, patient, of.on - timedelta(days=draw.randrange(-5, 60)))
        for ods, patient in of.patients.select("practice_id", "patient_id").rows()
        if draw.random() < 0.3
    ]
    schema = {"programme": pl.String, "practice_id": pl.String, "patient_id": pl.String, "on_date": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def practices(link_workers: float, count: int = 3) -> list[Practice]:
    """Practices A00000 and on, each with so many link workers."""
    return [
        Practice.model_validate(
            {"ods": f"A{each:05}", "name": "x", "format": "native", "from": "x", "link_workers": link_workers}
        )
        for each in range(count)
    ]


def other_programme(seed: int, name: str = "social_prescribing") -> Programme:
    """The shipped programme with a few numbers, points, rules, exclusions or routes that differ."""
    draw, base = Random(seed), programme()
    rules = [each.model_copy(update={"points": draw.choice([each.points, 0, 1, 4])}) for each in base.rule]
    rules = [_other_bound(draw, each) for each in draw.sample(rules, draw.randrange(1, len(rules) + 1))]
    changes: dict[str, Any] = {
        "id": name,
        "rule": tuple(rules),
        "list": base.list.model_copy(update={"threshold": draw.randrange(1, 8)}),
        "exclude": tuple(each for each in base.exclude if draw.random() < 0.7),
        "route": tuple(each for each in base.route if draw.random() < 0.7),
        "population": base.population.model_copy(update={"minimum_age": draw.choice([0, 18, 40])}),
    }
    return base.model_copy(update=changes)


def _other_bound(draw: Random, rule: Any) -> Any:
    return rule if rule.at_least is None else rule.model_copy(update={"at_least": float(draw.randrange(0, 15))})
