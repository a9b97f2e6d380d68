"""Erasure: whoever has opted out leaves all that is kept: older snapshots, the mirror, published runs and the rest."""

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl

from reachwell import lake
from reachwell.area import Area
from reachwell.atomic import new_file, remove
from reachwell.engine import engine
from reachwell.lake import FACTS, Snapshot
from reachwell.layers import base_file
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


def note_returned(area: Area, state: State, ods: str, run_id: str) -> None:
    """Note whom an earlier run found to have withdrawn and was killed before it could.

    Should they dissent once more, they would be taken for people of whom nothing is left to erase.
    """
    before, standing = state.opted_out(ods), lake.opted_out(lake.current(area.lake, ods))
    if before - standing:
        state.note_opted_out(ods, before & standing, run_id)


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
            remove(older.path)


def _holds(snapshot: Snapshot, patients: Collection[str]) -> bool:
    # Whoever had left by then is marked in the small files, and their rows are still in the large ones.
    for file in (base_file(snapshot.path, "patient"), *snapshot.path.glob("*.changes.parquet")):
        there = pl.scan_parquet(file).select("patient_id").collect()["patient_id"]
        if not set(there).isdisjoint(patients):
            return True
    return False


def _from_mirror(area: Area, snapshot: Snapshot, patients: Collection[str]) -> None:
    place, source = Place.of(area), _source_of(area, snapshot)
    mirror = mirror_of(place, source, snapshot)
    if mirror is None and snapshot.mirror:
        # It was read in another way, and is of no use any more.
        remove(area.mirror / snapshot.practice_id / snapshot.mirror)
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
