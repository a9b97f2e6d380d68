"""Measure: every feature of every patient of a batch of practices, as of one index date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from reachwell.batch_tables import offer_tables
from reachwell.derive import derived_tables
from reachwell.engine import engine, parquet
from reachwell.errors import RunFailed
from reachwell.features import Feature
from reachwell.lake import Snapshot, patient_names
from reachwell.look_back import LookBack
from reachwell.tables import TABLES

KEY = ["practice_id", "patient_id"]
Wanted = tuple[Feature, LookBack | None]

# Results are put side by side by a patient's place in the batch: practice by practice, in the order of their
# patient files. Whoever was born later is not on record yet.
_PATIENTS = """
SELECT f.practice_id, f.patient_id, p.sex, p.imd_decile, p.ethnicity, p.deregistered_on, p.died_on,
       r.patient_id IS NOT NULL AS registered, r.known_from,
       date_sub('year', p.birth_month, getvariable('on')) AS age, p.patient_id IS NOT NULL AS on_record
FROM ({names}) AS f
JOIN practice AS q USING (practice_id)
LEFT JOIN patient AS p ON p.practice_id = f.practice_id AND p.patient_id = f.number
LEFT JOIN registered_patient AS r ON r.practice_id = f.practice_id AND r.patient_id = f.number
ORDER BY q.first_row + f.number
"""
_BY_ROW = """
SELECT q.first_row + feature.patient_id AS row, feature.* EXCLUDE (practice_id, patient_id)
FROM ({sql}) AS feature JOIN practice AS q USING (practice_id)
"""


@dataclass(frozen=True)
class Measured:
    """What was measured of a batch.

    patients: a row per patient on record at the index date, in the order of practice and pseudonym, with
    registered, age, known_from and on_record.
    values: a row per patient, in the same order, with a Float64 column per feature key, null where not known,
    and "<key> at least", true where the value is only a lower bound.
    found: per feature key what its SQL gave: row (the patient's place in patients), on_date and detail.
    """

    on: date
    patients: pl.DataFrame
    values: pl.DataFrame
    found: dict[str, pl.DataFrame]
    features: dict[str, Feature]

    def evidence(self, key: str, rows: pl.Series | None = None) -> pl.DataFrame:
        """Whom a feature found something of: practice_id, patient_id, on_date and detail.

        rows: of these patients only, by their places in patients.
        """
        told = self.found[key]
        if rows is not None:
            wanted = np.zeros(self.patients.height, dtype=bool)
            wanted[rows.to_numpy()] = True
            told = told.filter(pl.Series(wanted[told["row"].to_numpy()]))
        return pl.concat([self.patients.select(*KEY)[told["row"]], told.drop("row")], how="horizontal")


def measure(
    snapshots: Sequence[Snapshot],
    on: date,
    wanted: Iterable[Wanted],
    settings: Mapping[str, float],
    area: Path | None = None,
    scratch: Path | None = None,
    threads: int | None = None,
) -> Measured:
    """Run each wanted feature's SQL over the batch's snapshots, cut at the index date.

    settings: the area's values for the features' settings. Raises RunFailed where SQL does not fit.
    """
    wanted = list(wanted)
    snapshots = sorted(snapshots, key=lambda each: each.practice_id)
    features: dict[str, Feature] = {}
    found: dict[str, pl.DataFrame] = {}
    with engine(*[each.path for each in snapshots], scratch=scratch, threads=threads) as db:
        offer_tables(db, snapshots, on, [feature for feature, _ in wanted], area)
        names = patient_names(parquet(each.path / "patient.parquet" for each in snapshots))
        patients = db.frame(_PATIENTS.format(names=names))
        for feature, within in wanted:
            since = within.since(on) if within else date.min
            weeks = within.weeks(on) if within else 0.0
            own = {name: settings.get(name, value) for name, value in feature.settings.items()}
            bound = db.bound(feature.file, {"on": on, "since": since, "weeks": weeks, **own})
            key = feature.key(within)
            features[key] = feature
            found[key] = _once_each(feature, db.plug(feature.file, _BY_ROW.format(sql=feature.file.sql), bound))
    look_backs = {feature.key(within): within for feature, within in wanted}
    values = _side_by_side(patients, found, features, look_backs, snapshots, on, area)
    told = {key: _told(frame) for key, frame in found.items()}
    return _of_those_on_record(Measured(on, patients, values, told, features))


def _of_those_on_record(measured: Measured) -> Measured:
    here = measured.patients["on_record"]
    if here.all():
        return measured
    places = here.cast(pl.Int64).cum_sum() - 1
    found = {}
    for key, frame in measured.found.items():
        of_them = frame.filter(here[frame["row"]])
        found[key] = of_them.with_columns(row=places[of_them["row"]])
    return replace(measured, patients=measured.patients.filter(here), values=measured.values.filter(here), found=found)


def _once_each(feature: Feature, frame: pl.DataFrame) -> pl.DataFrame:
    if frame.height and np.bincount(frame["row"].to_numpy()).max() > 1:
        raise RunFailed(
            f"{feature.file.path.name} gives more than one row for a patient; group by practice_id, patient_id"
        )
    return frame


def _told(frame: pl.DataFrame) -> pl.DataFrame:
    kinds = {"on_date": pl.Date, "detail": pl.String}
    return frame.select(
        "row",
        *[pl.col(name) if name in frame.columns else pl.lit(None, kind).alias(name) for name, kind in kinds.items()],
    )


def _side_by_side(
    patients: pl.DataFrame,
    found: Mapping[str, pl.DataFrame],
    features: Mapping[str, Feature],
    look_backs: Mapping[str, LookBack | None],
    snapshots: Sequence[Snapshot],
    on: date,
    area: Path | None,
) -> pl.DataFrame:
    columns: dict[str, pl.Series] = {name: patients[name] for name in KEY}
    base = _base_tables(features.values(), area)
    for key, feature in features.items():
        frame, within = found[key], look_backs[key]
        silent = [each.practice_id for each in snapshots if not _tells(each, feature, base[feature.name], on)]
        columns[key] = _in_rows(frame, "value", patients, feature.absent, silent, feature.is_flag)
        if feature.is_count and within:
            whole = patients["known_from"] <= within.since(on) + timedelta(days=1)
            partial = ~whole.fill_null(False)
            if "at_least" in frame.columns:
                partial |= _in_rows(frame, "at_least", patients, 0.0, []) == 1.0
            columns[f"{key} at least"] = partial
    return pl.DataFrame(columns)


def _in_rows(
    frame: pl.DataFrame,
    column: str,
    patients: pl.DataFrame,
    absent: float | None,
    silent: Sequence[str],
    is_flag: bool = False,
) -> pl.Series:
    """A feature's column over all patients; not known wherever a practice is silent."""
    told = np.full(patients.height, np.nan if absent is None else absent)
    told[frame["row"].to_numpy()] = frame[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if silent:
        # A yes is a yes, whatever else the practice does not send; a no or a number is not known.
        seen = is_flag & (told == 1.0)
        told[patients["practice_id"].is_in(silent).to_numpy() & ~seen] = np.nan
    return pl.Series(told).fill_nan(None)


def _base_tables(features: Iterable[Feature], area: Path | None) -> dict[str, frozenset[str]]:
    """The tables of ours that each feature rests on, through the derived ones."""
    derived = {table.name: table for made in ("delivery", "night") for table in derived_tables(area, made)}

    def base(names: Iterable[str]) -> frozenset[str]:
        return frozenset(each for name in names for each in (base(derived[name].reads) if name in derived else {name}))

    return {feature.name: base(feature.file.reads) & TABLES.keys() for feature in features}


def _tells(snapshot: Snapshot, feature: Feature, base: frozenset[str], on: date) -> bool:
    # Where a practice has sent no such rows by then, none for a patient means nothing.
    needed = [(table, "practice_id") for table in base] + [
        (table, column) for table, _, column in (each.partition(".") for each in feature.needs)
    ]
    return all(snapshot.filled[table].get(column, "9999") <= on.isoformat() for table, column in needed)
