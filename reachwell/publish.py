"""Publish: one folder a run, built aside and renamed; then the pointer to it, replaced last."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from reachwell.atomic import write_text
from reachwell.engine import engine
from reachwell.errors import FileMistakes
from reachwell.lake import Snapshot
from reachwell.plugs import find
from reachwell.published import CURRENT, TABLES, shaped
from reachwell.shortlist import Shortlist
from reachwell.small_numbers import RELATED, for_area
from reachwell.sql_file import SqlFile


def write_practices(
    folder: Path,
    run_id: str,
    snapshots: Sequence[Snapshot],
    on: date,
    since: Mapping[str, date],
    lists: Mapping[str, Shortlist],
) -> None:
    """Write a batch's tables into a run's folder, a folder for each practice, all programmes together.

    since: the day of each practice's list before this one. lists: by programme.
    """
    told = [
        (each.practice_id, each.extracted_on, since.get(each.practice_id), each.invented, each.national_data_opt_out,
         each.legal_basis)
        for each in snapshots
    ]  # fmt: skip
    schema = {"practice_id": pl.String, "extracted_on": pl.Date, "since": pl.Date, "invented": pl.Boolean,
              "national_data_opt_out": pl.String, "legal_basis": pl.String}  # fmt: skip
    facts = pl.DataFrame(told, schema=schema, orient="row")
    for each in snapshots:
        (folder / "practice" / each.practice_id).mkdir(parents=True)
    for table, columns in TABLES.items():
        stamp = facts.select("practice_id", *[name for name in facts.columns[1:] if name in columns])
        frames = [
            shaped(
                table,
                getattr(of_programme, table)
                .with_columns(programme=pl.lit(programme), run_id=pl.lit(run_id), index_date=pl.lit(on))
                .join(stamp, on="practice_id", how="left", maintain_order="left"),
            )
            for programme, of_programme in lists.items()
        ]
        together = pl.concat(frames, how="diagonal")
        of_practice = together.partition_by("practice_id", as_dict=True)
        for each in snapshots:
            rows = of_practice.get((each.practice_id,), together.clear())
            rows.write_parquet(folder / "practice" / each.practice_id / f"{table}.parquet", compression="zstd")


def write_area(folder: Path, run_id: str, steps: pl.DataFrame, area: Path | None) -> None:
    """Write every report of sql/reports for the area: counts suppressed, no patient rows.

    steps: programme, practice_id, place, step and the exact count of patients. Raises FileMistakes where a report's
    header does not say what its counts are.
    """
    target = folder / "area"
    target.mkdir(parents=True)
    for path in find("sql/reports", area).values():
        report = SqlFile.read(path, ("title", "counts"), ("related", "within"))
        with engine() as db:
            db.offer("steps", steps)
            frame = db.frame(report.sql)
        told = _suppressed(report, frame).select(pl.lit(run_id).alias("run_id"), *frame.columns)
        told.write_parquet(target / f"{report.name}.parquet", compression="zstd")


def _suppressed(report: SqlFile, frame: pl.DataFrame) -> pl.DataFrame:
    """A report's rows with its counts as an area user may see them."""
    counts, within = (_names(report.header.get(each, "")) for each in ("counts", "within"))
    related = report.header.get("related", "alone")
    # A count under another name would leave as it is.
    mistakes = [
        f"header line '-- {line}:' names {name}, which its SELECT has not"
        for line, names in {"counts": counts, "within": within}.items()
        for name in names
        if name not in frame.columns
    ]
    mistakes += [f"header line '-- within:' names {each}, which is a count" for each in within if each in counts]
    if related not in RELATED:
        mistakes.append(f"header line '-- related:' says '{related}'; it may say {', '.join(RELATED)}")
    if within and related == "alone":
        mistakes.append("header line '-- within:' needs '-- related: nested' or '-- related: parts'")
    if mistakes:
        raise FileMistakes(report.path.name, mistakes)
    return for_area(frame, counts, related, within)


def _names(text: str) -> list[str]:
    return [name for each in text.split(",") if (name := each.strip())]


def write_run(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write run.json: versions, hashes, dates and suppressed counts."""
    text = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")


def make_current(published: Path, run_id: str) -> None:
    """Point to a run: from here on its lists are the current ones."""
    write_text(published / CURRENT, run_id)
