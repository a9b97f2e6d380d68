"""Erasure: whoever has opted out leaves all that is kept: older snapshots, the mirror, published runs and the rest."""

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from reachwell import lake
from reachwell.area import Area
from reachwell.atomic import new_file
from reachwell.engine import engine
from reachwell.lake import FACTS, Snapshot
from reachwell.load import mirror_of
from reachwell.mirror import HELD_BACK
from reachwell.mirror_erasure import erase
from reachwell.place import Place
from reachwell.source import Source
from reachwell.state import State
from reachwell.store import derive_again, renewed_path


def erase_opted_out(area: Area, state: State, snapshot: Snapshot, run_id: str) -> int:
    """Erase whoever has newly opted out of a practice's data from all that is kept of it; returns how many.

    What stays of them is their pseudonym, in the snapshot in use and in the state. Only what is done is noted, last,
    so that a kill in between means that it is done again.
    """
    ods, standing = snapshot.practice_id, lake.opted_out(snapshot)
    before = state.opted_out(ods)
    if patients := standing - before:
        _from_snapshots(area, snapshot, patients)
        _from_mirror(area, snapshot, patients)
        for file in _files_with_patients(area, ods):
            _from_file(file, ods, patients)
        for file in (area.quarantine / ods).glob("[!.]*.parquet"):
            named = pl.lit(pl.Series(sorted(patients))).implode()
            _rewrite(file, ~pl.col("content").str.contains_any(named))
    if standing != before:
        state.note_opted_out(ods, standing, run_id)
    return len(patients)


def _from_snapshots(area: Area, current: Snapshot, patients: Collection[str]) -> None:
    for path in sorted((area.lake / current.practice_id).glob(f"[!.]*/{FACTS}")):
        older = Snapshot.read(path.parent)
        if older.name == current.name or not _holds(older, patients):
            continue
        # What is derived may have changed since: then the renewed one has another name, if not that of the current.
        renewed = renewed_path(older, area.lake, area.folder)
        if renewed != current.path:
            derive_again(older, area.lake, area.folder, area.scratch, area.erases_opted_out, patients)
        if renewed != older.path:
            shutil.rmtree(older.path)


def _holds(snapshot: Snapshot, patients: Collection[str]) -> bool:
    there = pl.scan_parquet(snapshot.path / "patient.parquet").select("patient_id").collect()["patient_id"]
    return not set(there).isdisjoint(patients)


def _from_mirror(area: Area, snapshot: Snapshot, patients: Collection[str]) -> None:
    place, source = Place.of(area), _source_of(area, snapshot)
    mirror = mirror_of(place, source, snapshot)
    if mirror:
        with engine(writable=mirror.path, scratch=area.scratch) as db:
            erase(db, source, mirror.path, patients)
        _rewrite(mirror.path / HELD_BACK, ~_is_of(patients))


def _source_of(area: Area, snapshot: Snapshot) -> Source:
    return Place.of(area).source(area.practice(snapshot.practice_id).format)


def _files_with_patients(area: Area, ods: str) -> Iterator[Path]:
    yield from sorted(area.published.glob(f"[!.]*/practice/{ods}/*.parquet"))
    yield from sorted(area.features.glob("[!.]*/*.parquet"))


def _from_file(file: Path, ods: str, patients: Collection[str]) -> None:
    _rewrite(file, ~((pl.col("practice_id") == ods) & _is_of(patients)))


def _is_of(patients: Collection[str]) -> pl.Expr:
    return pl.col("patient_id").is_in(pl.Series(sorted(patients)).implode()).fill_null(False)


def _rewrite(file: Path, kept: pl.Expr) -> None:
    rows = pl.read_parquet(file)
    left = rows.filter(kept)
    if left.height < rows.height:
        with new_file(file) as aside:
            left.write_parquet(aside, compression="zstd")
