"""Store: a practice's checked tables as a new snapshot of the lake, whole or with what has changed since another."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from reachwell.atomic import new_folder
from reachwell.derive import derive, derive_changes, derived_digest
from reachwell.engine import Engine, engine, parquet
from reachwell.extract import Tables
from reachwell.lake import (
    KEY,
    Snapshot,
    current,
    make_current,
    name_of,
    opted_out,
    rows_of,
    write_facts,
    write_opted_out,
)
from reachwell.layers import add_changes, base_file, is_due, write_as_one, write_parquet
from reachwell.manifest import Manifest
from reachwell.opt_out import OptOuts, dissenting, opt_out_codes
from reachwell.sensitive import sensitive_codes
from reachwell.tables import TABLES

_FACTS = {
    "extracted_on", "covers_from", "migrated_on", "key_id", "national_data_opt_out", "legal_basis", "invented",
}  # fmt: skip


def store(
    parts: Iterable[Tables],
    manifest: Manifest,
    source_digest: str,
    delivery: str,
    lake: Path,
    area: Path | None,
    scratch: Path | None = None,
    mirror: str = "",
    opt_outs: OptOuts | None = None,
) -> Snapshot:
    """Write a practice's checked tables and what is derived from them; the pointer is not moved.

    parts: the good rows, in pieces; what it raises leaves nothing behind. scratch: where DuckDB may spill.
    opt_outs: filled as the parts are read; who has opted out is kept beside the tables.
    """
    path = lake / manifest.practice / name_of(manifest.extracted_on, source_digest, derived_digest(area))
    with new_folder(path) as aside:
        pieces = _written(parts, aside)
        with engine(writable=aside, scratch=scratch) as db:
            for name in TABLES:
                write_parquet(db, _in_order(name, f"SELECT * FROM {parquet(pieces[name])}"), base_file(aside, name))
                for piece in pieces[name]:
                    piece.unlink()
            snapshot = _snapshot(db, path, aside, manifest, source_digest, delivery, area, mirror)
        derive(aside, area, scratch)
        write_opted_out(aside, opt_outs.standing if opt_outs else ())
        write_facts(aside, snapshot)
    return snapshot


def store_changes(
    before: Snapshot,
    touched: pl.Series,
    parts: Iterable[Tables],
    manifest: Manifest,
    source_digest: str,
    delivery: str,
    lake: Path,
    area: Path | None,
    scratch: Path,
    mirror: str,
    opt_outs: OptOuts,
) -> Snapshot:
    """Write a new snapshot that differs from the one before it in the patients touched only.

    parts: these patients' good rows; everything of theirs in the snapshot before is left out. opt_outs: filled as the
    parts are read; where somebody has opted out the tables are written whole, so that no row of theirs stays in a file.
    """
    path = lake / manifest.practice / name_of(manifest.extracted_on, source_digest, derived_digest(area))
    with new_folder(path) as aside:
        pieces = list(parts)
        tables = {name: pl.concat([piece[name] for piece in pieces]) for name in TABLES}
        with engine(before.path, writable=aside, scratch=scratch) as db:
            db.offer("touched", touched.alias("patient_id").to_frame())
            for name in TABLES:
                db.offer(f"new_{name}", tables[name])
            patient = f"SELECT * FROM ({rows_of([before.path], 'patient')}) ANTI JOIN touched USING (patient_id)"
            patient += " UNION ALL SELECT * FROM new_patient"
            write_parquet(db, _in_order("patient", patient), base_file(aside, "patient"))
            for name in TABLES.keys() - {"patient"}:
                _add(db, before, aside, name, manifest.practice, as_one=bool(opt_outs.new))
            snapshot = _snapshot(db, path, aside, manifest, source_digest, delivery, area, mirror)
        derive_changes(before.path, aside, touched, tables, area, scratch)
        write_opted_out(aside, opt_outs.standing)
        write_facts(aside, snapshot)
    return snapshot


def up_to_date(
    lake: Path, ods: str, area: Path | None, scratch: Path | None = None, erases: bool = True
) -> Snapshot | None:
    """The practice's current snapshot, derived again first if the code lists or the tables' SQL have changed."""
    snapshot = current(lake, ods)
    if snapshot is None or snapshot.derived_digest == derived_digest(area):
        return snapshot
    renewed = derive_again(snapshot, lake, area, scratch, erases)
    make_current(lake, renewed)
    return renewed


def derive_again(
    snapshot: Snapshot,
    lake: Path,
    area: Path | None,
    scratch: Path | None = None,
    erases: bool = True,
    without: Collection[str] = (),
) -> Snapshot:
    """A new snapshot of the same delivery, with what is derived from it made anew.

    Whoever has opted out by the code lists as they are now is left out, and so are sensitive codes. without: further
    patients that are left out. erases: whether opting out erases.
    """
    path = renewed_path(snapshot, lake, area)
    with new_folder(path) as aside:
        with engine(snapshot.path, writable=aside, scratch=scratch) as db:
            out = _opted_out_now(db, snapshot, area).union(without) if erases else set(without)
            db.offer("gone", pl.DataFrame({"patient_id": sorted(out)}, schema={"patient_id": pl.String}))
            db.offer("sensitive_code", sensitive_codes(area))
            for name in TABLES:
                kept = f"SELECT * FROM ({rows_of([snapshot.path], name)}) ANTI JOIN gone USING (patient_id)"
                if name == "event":
                    kept += " ANTI JOIN sensitive_code USING (code, system)"
                write_parquet(db, _in_order(name, kept), base_file(aside, name))
            found = _found(db, aside)
        renewed = replace(snapshot, path=path, derived_digest=derived_digest(area), **found)
        derive(aside, area, scratch)
        write_opted_out(aside, opted_out(snapshot) | out)
        write_facts(aside, renewed)
    return renewed


def renewed_path(snapshot: Snapshot, lake: Path, area: Path | None) -> Path:
    """Where a snapshot lies once it is derived again."""
    return lake / snapshot.practice_id / name_of(snapshot.extracted_on, snapshot.source_digest, derived_digest(area))


def _opted_out_now(db: Engine, snapshot: Snapshot, area: Path | None) -> set[str]:
    lists = opt_out_codes(area)
    db.offer("opt_out_code", lists.select("code", "system"))
    events = f"SELECT * FROM ({rows_of([snapshot.path], 'event')}) SEMI JOIN opt_out_code USING (code, system)"
    return dissenting(db.frame(events), lists, snapshot.extracted_on)


def _written(parts: Iterable[Tables], folder: Path) -> dict[str, list[Path]]:
    pieces: dict[str, list[Path]] = {name: [] for name in TABLES}
    for count, part in enumerate(parts):
        for name, frame in part.items():
            pieces[name].append(folder / f"{name}.part-{count}.parquet")
            frame.write_parquet(pieces[name][-1], compression="lz4")
    return pieces


def _add(db: Engine, before: Snapshot, folder: Path, name: str, practice: str, as_one: bool) -> None:
    # Every patient touched is marked, whether rows follow or not: what was there of them is no more. Of whoever was
    # not there nothing was, and of those who have opted out not even the mark is kept.
    columns = list(TABLES[name].columns)
    blank = ", ".join(f"NULL AS {column}" for column in columns if column not in KEY)
    new = (
        f"SELECT *, false AS _removed FROM new_{name} UNION ALL BY NAME "
        f"SELECT '{practice}' AS practice_id, patient_id, {blank}, true AS _removed FROM touched "
        f"SEMI JOIN ({rows_of([before.path], 'patient')}) USING (patient_id)"
    )
    add_changes(db, before.path, folder, name, KEY, columns, new)
    if as_one or is_due(db, folder, name):
        write_as_one(db, folder, name, _in_order(name, rows_of([folder], name)))


def _in_order(table: str, sql: str) -> str:
    # One order whatever order the rows came in; by day, so that a look-back reads few pieces of the file.
    columns = list(TABLES[table].columns)
    first = "patient_id" if table == "patient" else "on_date"
    return f"SELECT * FROM ({sql}) ORDER BY {', '.join([first, *[name for name in columns if name != first]])}"


def _snapshot(
    db: Engine,
    path: Path,
    aside: Path,
    manifest: Manifest,
    source_digest: str,
    delivery: str,
    area: Path | None,
    mirror: str,
) -> Snapshot:
    return Snapshot(
        path=path,
        practice_id=manifest.practice,
        **manifest.model_dump(include=_FACTS),
        delivery=delivery,
        source_digest=source_digest,
        derived_digest=derived_digest(area),
        mirror=mirror,
        **_found(db, aside),
    )


def _found(db: Engine, folder: Path) -> dict[str, Any]:
    """A snapshot's facts that follow from its rows."""
    found = {name: _counts(db, folder, name) for name in TABLES}
    rows = {name: rows for name, (rows, _) in found.items()}
    return {"rows": rows, "filled": {name: filled for name, (_, filled) in found.items()}}


def _counts(db: Engine, folder: Path, table: str) -> tuple[int, dict[str, str]]:
    """A table's rows, and for each column that is ever filled the first day of which there is a value."""
    # A row is there from the day it speaks for, or from the day it was written if that is later.
    names = list(TABLES[table].columns)
    days = [f"coalesce({name}, DATE '0001-01-01')" for name in ("on_date", "recorded_on") if name in names]
    day = f"greatest({', '.join(days)})" if days else "DATE '0001-01-01'"
    firsts = ", ".join(f"min({day}) FILTER ({name} IS NOT NULL)" for name in names)
    rows, *found = db.rows(f"SELECT count(*), {firsts} FROM ({rows_of([folder], table)})")[0]
    told = {name: first for name, first in zip(names, found, strict=True) if isinstance(first, date)}
    return int(rows), {name: first.isoformat() for name, first in told.items()}
