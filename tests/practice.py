"""Invented practices for tests: rows written in plain Python, then stored, measured and matched as a night does.

    elm = Practice(patient=[{"patient_id": "ann"}], event=[{"patient_id": "ann", "code": "105529008"}])
    answers(judged([elm], ON, tmp_path))["A81001", "ann"]["lives_alone"]  # "met"

What a row does not say is filled in from DEFAULTS; a table without rows is sent empty, as a practice might.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from reachwell import criteria, features, lake
from reachwell.criteria import Programme
from reachwell.features import Feature
from reachwell.manifest import Manifest
from reachwell.match import match
from reachwell.measure import KEY, Measured, measure
from reachwell.store import store
from reachwell.tables import TABLES

Row = dict[str, Any]
ON = date(2026, 11, 21)
DEFAULTS: dict[str, Row] = {
    "patient": {"sex": "female", "birth_month": date(1950, 1, 1), "registered_on": date(2000, 1, 1)},
    "event": {"system": "snomed", "on_date": date(2026, 11, 1)},
    "contact": {"on_date": date(2026, 11, 1), "kind": "gp", "status": "attended"},
    "medicine": {"on_date": date(2026, 11, 1)},
}


@dataclass
class Practice:
    """One practice as it is delivered: rows per table, and what its manifest says of them."""

    ods: str = "A81001"
    covers_from: date = date(2000, 1, 1)
    migrated_on: date | None = None
    patient: list[Row] = field(default_factory=list)
    event: list[Row] = field(default_factory=list)
    contact: list[Row] = field(default_factory=list)
    medicine: list[Row] = field(default_factory=list)

    def tables(self) -> dict[str, pl.DataFrame]:
        """The four tables, with the types of reachwell.tables."""
        found = {}
        for name, table in TABLES.items():
            schema = {column: each.dtype.type for column, each in table.columns.items()}
            rows = [{"practice_id": self.ods, **DEFAULTS[name], **row} for row in getattr(self, name)]
            if unknown := {column for row in rows for column in row} - schema.keys():
                raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
            found[name] = pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)
        return found

    def stored(self, folder: Path, extracted_on: date = ON) -> lake.Snapshot:
        """A snapshot of the practice in a lake in this folder."""
        manifest = Manifest(
            practice=self.ods,
            format="native",
            kind="full",
            extracted_on=extracted_on,
            covers_from=self.covers_from,
            migrated_on=self.migrated_on,
            key_id="test",
            national_data_opt_out="applied",
            legal_basis="invented people",
            invented=True,
        )
        return store([self.tables()], manifest, "test", "test", folder, None)


@cache
def catalogue() -> dict[str, Feature]:
    """The shipped features."""
    return features.catalogue()


@cache
def programme() -> Programme:
    """The shipped programme."""
    return criteria.read_programme("social_prescribing", catalogue())


def judged(practices: Iterable[Practice], on: date, folder: Path) -> tuple[Measured, pl.DataFrame]:
    """What was measured of practices as one batch on one day, and what the shipped programme says of them."""
    snapshots = [each.stored(folder, on) for each in practices]
    # One thread is faster where there are only a few patients.
    measured = measure(snapshots, on, programme().wanted(catalogue()).values(), {}, threads=1)
    return measured, match(measured, programme())


def answers(judgement: tuple[Measured, pl.DataFrame]) -> dict[tuple[str, str], Row]:
    """By practice and patient: step, route, every rule's result, points and points_if_known."""
    told = ["step", "route", *(rule.id for rule in programme().rule), "points", "points_if_known"]
    rows = judgement[1].select(*KEY, *told).iter_rows(named=True)
    return {(row["practice_id"], row["patient_id"]): {name: row[name] for name in told} for row in rows}
