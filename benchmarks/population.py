"""A seeded population for the benchmark, written straight to the lake by the same function as a delivery."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from reachwell import lake
from reachwell.codelists import read_all
from reachwell.manifest import Manifest
from reachwell.store import store
from reachwell.tables import TABLES, empty

ON = date(2026, 11, 21)
YEARS = 5
EVENTS, CONTACTS, MEDICINES = 80, 30, 60
# Events in a thousand whose code is on each list; the rest are on none.
_PER_THOUSAND = {
    "symptom": 20.0, "hba1c": 8.0, "long_term_condition": 8.0, "fasting_glucose": 3.0, "phq9": 2.0, "gad7": 1.5,
    "living_status": 1.5, "social_need": 0.6, "prediabetes": 0.5, "pam": 0.4, "housebound": 0.2, "frailty": 0.5,
    "type_1_opt_out": 0.3, "social_prescribing": 0.2, "long_term_condition_resolved": 0.2, "end_of_life": 0.05,
    "care_home": 0.05, "self_harm": 0.1, "adult_safeguarding": 0.05,
}  # fmt: skip
_SUBSTANCES = ["Amlodipine", "Metformin", "Atorvastatin", "Omeprazole", "Salbutamol", "Ramipril", "Sertraline"]
# Of a list, those that fewer people have: about one person in a hundred.
_RARE = {"serious mental illness": 0.15, "dementia": 0.2, "severe": 0.2}


def practice_tables(ods: str, patients: int, seed: int) -> dict[str, pl.DataFrame]:
    """One practice's four tables: about 80 events, 30 contacts and 60 medicine issues a patient in 5 years."""
    random = np.random.default_rng([seed, *ods.encode()])
    ids = np.array([f"P{number:011d}" for number in random.permutation(patients)])
    born = [date(1926 + int(year), int(month), 1) for year, month in random.integers((0, 1), (100, 13), (patients, 2))]
    lately = ON - timedelta(days=200)
    patient = {
        "practice_id": [ods] * patients,
        "patient_id": ids,
        "sex": random.choice(["female", "male"], patients),
        "birth_month": born,
        "registered_on": [
            day if old else max(day, lately) for day, old in zip(born, random.random(patients) < 0.93, strict=True)
        ],
        "imd_decile": random.integers(1, 11, patients),
    }
    return {
        "patient": _shaped("patient", patient),
        "event": _events(random, ods, ids, patients * EVENTS),
        "contact": _contacts(random, ods, ids, patients * CONTACTS),
        "medicine": _medicines(random, ods, ids, patients * MEDICINES),
    }


def write_practice(ods: str, patients: int, seed: int, into: Path) -> None:
    """Store one practice's snapshot, derived tables included, and make it current."""
    manifest = Manifest(
        practice=ods, format="native", kind="full", extracted_on=ON, covers_from=date(2016, 1, 1), key_id="bench",
        national_data_opt_out="not_required", legal_basis="invented people", invented=True,
    )  # fmt: skip
    tables = {name: frame.sort(_day_first(frame)) for name, frame in practice_tables(ods, patients, seed).items()}
    lake.make_current(into, store([tables], manifest, "bench", "bench", into, None))


def _day_first(frame: pl.DataFrame) -> list[str]:
    return ["on_date", "patient_id"] if "on_date" in frame.columns else ["patient_id"]


def _skewed(random: np.random.Generator, ids: np.ndarray, rows: int) -> np.ndarray:
    # Few patients make most of the contacts: a gamma-Poisson mixture, as consultation counts are.
    weight = random.gamma(0.8, 1.0, len(ids))
    return ids[random.choice(len(ids), rows, p=weight / weight.sum())]


def _days(random: np.random.Generator, rows: int) -> pl.Series:
    days = pl.Series(random.integers(0, 365 * YEARS + 1, rows), dtype=pl.Int32)
    epoch = (ON - timedelta(days=365 * YEARS) - date(1970, 1, 1)).days
    return (days + epoch).cast(pl.Date)


def _codes() -> tuple[list[str], list[float]]:
    listed = read_all().filter(pl.col("system") == "snomed", pl.col("list").is_in(list(_PER_THOUSAND)))
    sizes = dict(listed["list"].value_counts().rows())
    fillers = [str(number) for number in range(100_000_000, 100_000_400)]
    share = [
        _PER_THOUSAND[name] / 1000 / sizes[name] * (_RARE.get(category, 1.0))
        for name, category in listed.select("list", "category").rows()
    ]
    return [*listed["code"], *fillers], [*share, *[(1 - sum(share)) / len(fillers)] * len(fillers)]


def _events(random: np.random.Generator, ods: str, ids: np.ndarray, rows: int) -> pl.DataFrame:
    codes, share = _codes()
    day = _days(random, rows)
    return _shaped(
        "event",
        {
            "practice_id": [ods] * rows,
            "patient_id": ids[random.integers(0, len(ids), rows)],
            "code": random.choice(codes, rows, p=share),
            "system": ["snomed"] * rows,
            "on_date": day,
            "recorded_on": day,
            "value": np.round(random.gamma(4, 12, rows), 1),
        },
    )


def _contacts(random: np.random.Generator, ods: str, ids: np.ndarray, rows: int) -> pl.DataFrame:
    return _shaped(
        "contact",
        {
            "practice_id": [ods] * rows,
            "patient_id": _skewed(random, ids, rows),
            "on_date": _days(random, rows),
            "kind": random.choice(["gp", "nurse", "other"], rows),
            "status": random.choice(["attended", "missed", "cancelled"], rows, p=[0.9, 0.05, 0.05]),
        },
    )


def _medicines(random: np.random.Generator, ods: str, ids: np.ndarray, rows: int) -> pl.DataFrame:
    return _shaped(
        "medicine",
        {
            "practice_id": [ods] * rows,
            "patient_id": _skewed(random, ids, rows),
            "on_date": _days(random, rows),
            "name": random.choice([f"{each} tablets" for each in _SUBSTANCES], rows),
            "cost_pence": random.gamma(1.2, 750, rows).astype(int),
        },
    )


def _shaped(table: str, columns: dict[str, object]) -> pl.DataFrame:
    wanted = empty(table).schema
    frame = pl.DataFrame(columns)
    return frame.select(
        *[
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
            for name, kind in wanted.items()
        ]
    ).select(list(TABLES[table].columns))
