"""Batch tables: what the SQL of features may read of a batch of practices, cut at the index date."""

from collections.abc import Sequence
from datetime import date
from itertools import accumulate
from pathlib import Path

import polars as pl

from reachwell import codelists
from reachwell.derive import derived_tables
from reachwell.engine import Engine, parquet
from reachwell.features import Feature
from reachwell.lake import Snapshot, patient_view, rows_of, table_view
from reachwell.tables import TABLES

# A table that so many features read is decoded once a batch instead of once a feature.
_READ_OFTEN = 4
# What is later than the index date is not there: rows of a later day, rows written later, later ends.
_CUT_PATIENT = """
SELECT * REPLACE (
    CASE WHEN deregistered_on <= getvariable('on') THEN deregistered_on END AS deregistered_on,
    CASE WHEN died_on <= getvariable('on') THEN died_on END AS died_on
) FROM ({view}) WHERE birth_month <= getvariable('on')
"""
_CUT = {
    "on_date": "(on_date <= getvariable('on') OR on_date IS NULL)",
    "recorded_on": "(recorded_on <= getvariable('on') OR recorded_on IS NULL)",
}


def offer_tables(
    db: Engine, snapshots: Sequence[Snapshot], on: date, features: Sequence[Feature], area: Path | None
) -> None:
    """Offer our tables, the derived ones, and practice: practice_id, covers_from, migrated_on, first_row.

    Patients go by their number in the practice; first_row is the place of a practice's first patient in the
    batch, practice by practice in the order of snapshots.
    """
    db.run('SET VARIABLE "on" = $on', on=on)
    sizes = [each.rows["patient"] for each in snapshots]
    rows = [
        (each.practice_id, each.covers_from, each.migrated_on, first)
        for each, first in zip(snapshots, accumulate(sizes, initial=0), strict=False)
    ]
    schema = {"practice_id": pl.String, "covers_from": pl.Date, "migrated_on": pl.Date, "first_row": pl.Int64}
    db.offer("practice", pl.DataFrame(rows, schema=schema, orient="row"))
    db.offer("codelist", codelists.read_all(area))
    patients = parquet(each.path / "patient.parquet" for each in snapshots)
    db.run(f"CREATE VIEW patient AS {_CUT_PATIENT.format(view=patient_view(patients))}")
    for name in ("event", "contact", "medicine"):
        cut = " AND ".join(condition for column, condition in _CUT.items() if column in TABLES[name].columns)
        whole = rows_of([each.path for each in snapshots], name)
        db.run(f"CREATE VIEW {name} AS SELECT * FROM ({table_view(whole, patients)}) WHERE {cut}")
    for table in derived_tables(area, "delivery"):
        relation = parquet(each.path / f"{table.name}.parquet" for each in snapshots)
        columns = [row[0] for row in db.rows(f"DESCRIBE SELECT * FROM {relation}")]
        cut = " AND ".join(condition for column, condition in _CUT.items() if column in columns)
        readers = sum(table.name in feature.file.reads for feature in features)
        kind = "TEMP TABLE" if readers >= _READ_OFTEN else "VIEW"
        db.run(f"CREATE {kind} {table.name} AS SELECT * FROM {relation} WHERE {cut}")
    for table in derived_tables(area, "night"):
        db.make_table(table, {"on": on})
