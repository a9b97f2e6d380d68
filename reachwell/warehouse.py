"""The warehouse: reachwell.duckdb, views for whoever operates reachwell; nothing depends on it."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from reachwell import lake
from reachwell.area import Area
from reachwell.atomic import new_file
from reachwell.engine import identifier, literal, parquet, write_views
from reachwell.published import TABLES as PUBLISHED
from reachwell.tables import TABLES

_RUN_COLUMNS = "{run_id: 'VARCHAR', published_at: 'TIMESTAMPTZ', code_version: 'VARCHAR', area: 'VARCHAR'}"


def build(area: Area) -> None:
    """Build the warehouse aside and swap it in: views over the lake and over every published run."""
    views: dict[str, str] = {}
    snapshots = [each for one in area.settings.practice if (each := lake.current(area.lake, one.ods))]
    if snapshots:
        for table in TABLES:
            views[table] = lake.rows_of([each.path for each in snapshots], table)
    for table in PUBLISHED:
        files = sorted(area.published.glob(f"[!.]*/practice/*/{table}.parquet"))
        if files:
            views[table] = f"SELECT * FROM {_union(files)}"
    if reports := sorted(area.published.glob("[!.]*/area/attrition.parquet")):
        views["attrition"] = f"SELECT * FROM {_union(reports)}"
    if kept := sorted(area.features.glob("[!.]*/*.parquet")):
        views["feature"] = _features(kept)
    runs = sorted(area.published.glob("[!.]*/run.json"))
    if runs:
        files_of_runs = ", ".join(literal(run) for run in runs)
        views["run"] = f"SELECT * FROM read_json([{files_of_runs}], columns = {_RUN_COLUMNS})"
    with new_file(area.warehouse) as aside:
        write_views(aside, views)


def _union(files: Sequence[Path]) -> str:
    return parquet(files)[:-1] + ", union_by_name = true)"


def _features(files: Sequence[Path]) -> str:
    """One row per run, practice, patient and feature, of what is known."""
    keys = {
        name: None
        for file in files
        for name in pl.read_parquet_schema(file)
        if name not in ("practice_id", "patient_id") and not name.endswith(" at least")
    }
    return (
        "SELECT parse_path(filename)[-2] AS run_id, practice_id, patient_id, feature, value FROM ("
        f"UNPIVOT (SELECT * FROM {parquet(files)[:-1]}, union_by_name = true, filename = true)) "
        f"ON {', '.join(identifier(key) for key in keys)} INTO NAME feature VALUE value)"
    )
