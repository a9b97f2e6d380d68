"""Publish: one folder a run, built aside and renamed; then the pointer to it, replaced last."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from reachwell.atomic import write_text
from reachwell.engine import engine
from reachwell.lake import Snapshot
from reachwell.plugs import find
from reachwell.published import CURRENT, TABLES, shaped
from reachwell.shortlist import Shortlist
from reachwell.small_numbers import suppressed
from reachwell.sql_file import SqlFile

STEPS_SCHEMA = {
    "programme": pl.String,
    "practice_id": pl.String,
    "place": pl.Int32,
    "step": pl.String,
    "patients": pl.Int64,
}


def write_practice(
    folder: Path,
    run_id: str,
    snapshot: Snapshot,
    on: date,
    since: date | None,
    lists: Mapping[str, Shortlist],
) -> None:
    """Write one practice's tables, all programmes together, into a run's folder."""
    target = folder / "practice" / snapshot.practice_id
    target.mkdir(parents=True)
    stamps: dict[str, Any] = {
        "run_id": pl.lit(run_id),
        "index_date": pl.lit(on),
        "extracted_on": pl.lit(snapshot.extracted_on),
        "since": pl.lit(since, pl.Date),
        "invented": pl.lit(snapshot.invented),
    }
    for table, columns in TABLES.items():
        stamp = {name: value for name, value in stamps.items() if name in columns}
        frames = [
            shaped(table, getattr(lists_of, table).with_columns(programme=pl.lit(programme), **stamp))
            for programme, lists_of in lists.items()
        ]
        pl.concat(frames, how="diagonal").write_parquet(target / f"{table}.parquet", compression="zstd")


def steps_frame(steps: Iterable[tuple[str, str, list[tuple[str, int]]]]) -> pl.DataFrame:
    """The steps of every programme and practice as one frame of exact counts."""
    rows = [
        (programme, ods, place, step, patients)
        for programme, ods, each in steps
        for place, (step, patients) in enumerate(each, start=1)
    ]
    return pl.DataFrame(rows, schema=STEPS_SCHEMA, orient="row")


def write_area(folder: Path, run_id: str, steps: pl.DataFrame, area: Path | None) -> None:
    """Write every report of sql/reports for the area: counts suppressed, no patient rows."""
    target = folder / "area"
    target.mkdir(parents=True)
    for path in find("sql/reports", area).values():
        report = SqlFile.read(path, ("title", "counts"))
        counts = [each.strip() for each in report.header["counts"].split(",")]
        with engine() as db:
            db.offer("steps", steps)
            frame = db.frame(report.sql)
        frame.select(
            pl.lit(run_id).alias("run_id"),
            *[suppressed(pl.col(name)).alias(name) if name in counts else pl.col(name) for name in frame.columns],
        ).write_parquet(target / f"{report.name}.parquet", compression="zstd")


def write_run(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write run.json: versions, hashes, dates and suppressed counts."""
    text = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")


def make_current(published: Path, run_id: str) -> None:
    """Point to a run: from here on its lists are the current ones."""
    write_text(published / CURRENT, run_id)
