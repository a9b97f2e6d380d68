"""Mirror erasure: rows that must not be kept, taken out of the files of a mirror's state."""

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, identifier, parquet
from reachwell.layers import base_file, changes_file, write_parquet
from reachwell.mirror import COMPRESSION
from reachwell.source import RawTable, Source

_PATIENTS, _KNOWN, _ROWS = "erased_patient", "erased_before", "erased_row"


def erase(
    db: Engine,
    source: Source,
    folder: Path,
    patients: Collection[str],
    known: Collection[str] = (),
    rows: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Take patients' rows, and single rows, out of the files of a state's folder.

    patients: whose rows go wherever they are. known: patients of whom nothing is in the large files any more, so that
    only the night's changes are looked at. rows: ids of rows that go, by raw table.
    Each file is replaced in one step, and to erase what is gone changes nothing: it may be done again after a kill.
    """
    db.offer(_PATIENTS, _ids(patients))
    db.offer(_KNOWN, _ids({*patients, *known}))
    for table in source.reads:
        base, changes = base_file(folder, table.name), changes_file(folder, table.name)
        left = set((rows or {}).get(table.name, ()))
        if changes.exists() and (left or patients or known):
            db.offer(_ROWS, _ids(left))
            left -= _erase_changes(db, table, changes)
        # To look through a large file costs as much as all the rest of a night's changes.
        if left or (patients and table.patient):
            db.offer(_ROWS, _ids(left))
            _erase_base(db, table, base)


def _ids(ids: Collection[str]) -> pl.DataFrame:
    return pl.DataFrame({"id": sorted(ids)}, schema={"id": pl.String})


def _erase_changes(db: Engine, table: RawTable, file: Path) -> set[str]:
    """Erase rows of a small file; returns the ids of single rows that were there."""
    # The row's id stays, marked as removed: an older row of that id must not come back from the large file.
    wrong, key = _of(table, _KNOWN), identifier(str(table.key))
    found = db.frame(f"SELECT {key} AS id FROM {parquet([file])} WHERE NOT _removed AND {wrong}")["id"]
    if found.is_empty():
        return set()
    names = [identifier(column.name) for column in table.columns]
    cells = ", ".join(name if name == key else f"CASE WHEN NOT {wrong} THEN {name} END AS {name}" for name in names)
    _replace(db, file, f"SELECT {cells}, _removed OR {wrong} AS _removed FROM {parquet([file])}")
    return set(found)


def _erase_base(db: Engine, table: RawTable, file: Path) -> None:
    wrong = _of(table, _PATIENTS)
    if db.rows(f"SELECT EXISTS (FROM {parquet([file])} WHERE {wrong})")[0][0]:
        _replace(db, file, f"SELECT * FROM {parquet([file])} WHERE NOT {wrong}")


def _of(table: RawTable, patients: str) -> str:
    """The SQL of whether a row is one of those to be erased."""
    ids = [(str(table.key), _ROWS), *([(table.patient, patients)] if table.patient else [])]
    return "(" + " OR ".join(f"coalesce({identifier(name)} IN (FROM {of}), false)" for name, of in ids) + ")"


def _replace(db: Engine, file: Path, sql: str) -> None:
    aside = file.with_suffix(".erasing.parquet")
    write_parquet(db, sql, aside, COMPRESSION)
    aside.replace(file)
