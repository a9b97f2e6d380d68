"""Measure: every feature of every patient of a batch of practices, as of one index date."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, engine, parquet
from reachwell.features import Feature
from reachwell.lake import Snapshot, derived_tables
from reachwell.look_back import LookBack
from reachwell.tables import TABLES

KEY = ["practice_id", "patient_id"]
Wanted = tuple[Feature, LookBack | None]

# What is later than the index date is not there: rows of a later day, rows written later, later ends.
_CUT_PATIENT = """
SELECT * REPLACE (
    CASE WHEN deregistered_on <= getvariable('on') THEN deregistered_on END AS deregistered_on,
    CASE WHEN died_on <= getvariable('on') THEN died_on END AS died_on
) FROM {relation} WHERE birth_month <= getvariable('on')
"""
_CUT = {
    "on_date": "(on_date <= getvariable('on') OR on_date IS NULL)",
    "recorded_on": "(recorded_on <= getvariable('on') OR recorded_on IS NULL)",
}


@dataclass(frozen=True)
class Measured:
    """What was measured of a batch.

    patients: a row per patient on record at the index date, with registered, age and known_from.
    values: a row per patient, in the same order, with a Float64 column per feature key, null where not known,
    and "<key> at least", true where the value is only a lower bound.
    evidence: per feature key the rows its SQL gave: practice_id, patient_id, on_date and detail.
    """

    on: date
    patients: pl.DataFrame
    values: pl.DataFrame
    evidence: dict[str, pl.DataFrame]
    features: dict[str, Feature]


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
    features: dict[str, Feature] = {}
    found: dict[str, pl.DataFrame] = {}
    with engine(*[each.path for each in snapshots], scratch=scratch, threads=threads) as db:
        _offer_tables(db, snapshots, on, area)
        patients = db.frame(
            "SELECT p.practice_id, p.patient_id, p.sex, p.imd_decile, p.ethnicity, p.deregistered_on, p.died_on,"
            " r.patient_id IS NOT NULL AS registered, r.known_from, date_sub('year', p.birth_month, $on) AS age"
            " FROM patient p LEFT JOIN registered_patient r USING (practice_id, patient_id)"
            " ORDER BY p.practice_id, p.patient_id",
            on=on,
        )
        for feature, within in wanted:
            since = within.since(on) if within else date.min
            weeks = within.weeks(on) if within else 0.0
            own = {name: settings.get(name, value) for name, value in feature.settings.items()}
            key = feature.key(within)
            features[key] = feature
            found[key] = db.plug(feature.file, {"on": on, "since": since, "weeks": weeks, **own})
    values = _side_by_side(patients, found, features, {f.key(w): w for f, w in wanted}, snapshots, on, area)
    evidence = {key: frame.select(*KEY, *_optional(frame, "on_date", "detail")) for key, frame in found.items()}
    return Measured(on, patients, values, evidence, features)


def _offer_tables(db: Engine, snapshots: Sequence[Snapshot], on: date, area: Path | None) -> None:
    db.run('SET VARIABLE "on" = $on', on=on)
    db.offer(
        "practice",
        pl.DataFrame(
            [(each.practice_id, each.covers_from, each.migrated_on) for each in snapshots],
            schema={"practice_id": pl.String, "covers_from": pl.Date, "migrated_on": pl.Date},
            orient="row",
        ),
    )
    relation = {name: parquet(each.path / f"{name}.parquet" for each in snapshots) for name in TABLES}
    db.run(f"CREATE VIEW patient AS {_CUT_PATIENT.format(relation=relation['patient'])}")
    for name in ("event", "contact", "medicine"):
        cut = " AND ".join(condition for column, condition in _CUT.items() if column in TABLES[name].columns)
        db.run(f"CREATE VIEW {name} AS SELECT * FROM {relation[name]} WHERE {cut}")
    for table in derived_tables(area, "delivery"):
        files = parquet(each.path / f"{table.name}.parquet" for each in snapshots)
        columns = [row[0] for row in db.rows(f"DESCRIBE SELECT * FROM {files}")]
        cut = " AND ".join(condition for column, condition in _CUT.items() if column in columns)
        db.run(f"CREATE VIEW {table.name} AS SELECT * FROM {files} WHERE {cut}")
    for table in derived_tables(area, "night"):
        db.make_table(table, {"on": on})


def _side_by_side(
    patients: pl.DataFrame,
    found: Mapping[str, pl.DataFrame],
    features: Mapping[str, Feature],
    look_backs: Mapping[str, LookBack | None],
    snapshots: Sequence[Snapshot],
    on: date,
    area: Path | None,
) -> pl.DataFrame:
    values = patients.select(*KEY, "known_from")
    base = _base_tables(features.values(), area)
    for key, feature in features.items():
        frame = found[key]
        told = frame.select(
            *KEY,
            pl.col("value").cast(pl.Float64).alias(key),
            *([pl.col("at_least").alias(f"{key} at least")] if "at_least" in frame.columns else []),
        )
        values = values.join(told, on=KEY, how="left", maintain_order="left", validate="1:1")
        silent = [each.practice_id for each in snapshots if not _tells(each, feature, base[feature.name])]
        value = pl.col(key) if feature.absent is None else pl.col(key).fill_null(feature.absent)
        if silent and feature.absent is not None:
            value = pl.when(~pl.col("practice_id").is_in(silent)).then(value)
        values = values.with_columns(value.alias(key))
        within = look_backs[key]
        if feature.is_count and within:
            whole = pl.col("known_from") <= within.since(on) + timedelta(days=1)
            partial = ~whole.fill_null(False)
            if f"{key} at least" in values.columns:
                partial = partial | pl.col(f"{key} at least").fill_null(False)
            values = values.with_columns(partial.alias(f"{key} at least"))
    return values.drop("known_from")


def _base_tables(features: Iterable[Feature], area: Path | None) -> dict[str, frozenset[str]]:
    """The tables of ours that each feature rests on, through the derived ones."""
    derived = {table.name: table for made in ("delivery", "night") for table in derived_tables(area, made)}

    def base(names: Iterable[str]) -> frozenset[str]:
        return frozenset(each for name in names for each in (base(derived[name].reads) if name in derived else {name}))

    return {feature.name: base(feature.file.reads) & TABLES.keys() for feature in features}


def _tells(snapshot: Snapshot, feature: Feature, base: frozenset[str]) -> bool:
    # Where a practice sends no such rows at all, none for a patient means nothing.
    if any(snapshot.rows[table] == 0 for table in base):
        return False
    needed = [each.split(".") for each in feature.needs]
    return all(column in snapshot.filled[table] for table, column in needed)


def _optional(frame: pl.DataFrame, *names: str) -> list[pl.Expr]:
    kinds = {"on_date": pl.Date, "detail": pl.String}
    return [pl.col(name) if name in frame.columns else pl.lit(None, kinds[name]).alias(name) for name in names]
