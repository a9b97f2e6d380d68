"""Mirror erasure: rows that must not be kept, taken out of the files of a mirror's state."""

from collections.abc import Collection, Mapping
from pathlib import Path

import polars as pl

from reachwell.atomic import new_file
from reachwell.engine import Engine, identifier, parquet
from reachwell.layers import base_file, changes_file, write_parquet
from reachwell.mirror import COMPRESSION
from reachwell.source import RawTable, Source

_PATIENTS, _ROWS = "erased_patient", "erased_row"


def erase(
    db: Engine,
    source: Source,
    folder: Path,
    patients: Collection[str],
    rows: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Take patients' rows, and single rows, out of the files of a state's folder.

    patients: whose rows go wherever they are. rows: ids of rows that go, by raw table.
    Each file is replaced in one step, and to erase what is gone changes nothing: it may be done again after a kill.
    """
    db.offer(_PATIENTS, _ids(patients))
    for table in source.reads:
        of_table = (rows or {}).get(table.name, ())
        # To look through a large file costs as much as all the rest of a night's changes.
        if of_table or (patients and table.patient):
            db.offer(_ROWS, _ids(of_table))
            # The small file last: until then it hides what is older in the large one.
            _erase_base(db, table, base_file(folder, table.name))
            _erase_changes(db, table, changes_file(folder, table.name))


def _ids(ids: Collection[str]) -> pl.DataFrame:
    return pl.DataFrame({"id": sorted(ids)}, schema={"id": pl.String})


def _erase_base(db: Engine, table: RawTable, file: Path) -> None:
    wrong = _wrong(table)
    if _any(db, file, wrong):
        _replace(db, file, f"SELECT * FROM {parquet([file])} WHERE NOT {wrong}")


def _erase_changes(db: Engine, table: RawTable, file: Path) -> None:
    wrong, key = _wrong(table), identifier(str(table.key))
    if not file.exists():
        return
    if table.patient == table.key:
        # The row's id is the patient's.
        _erase_base(db, table, file)
    elif _any(db, file, f"NOT _removed AND {wrong}"):
        # The row's id stays, marked as removed: an older row of that id must not come back from the large file.
        names = [identifier(column.name) for column in table.columns]
        cells = ", ".join(name if name == key else f"CASE WHEN NOT {wrong} THEN {name} END AS {name}" for name in names)
        _replace(db, file, f"SELECT {cells}, _removed OR {wrong} AS _removed FROM {parquet([file])}")


def _any(db: Engine, file: Path, condition: str) -> bool:
    return bool(db.rows(f"SELECT EXISTS (FROM {parquet([file])} WHERE {condition})")[0][0])


def _wrong(table: RawTable) -> str:
    """The SQL of whether a row is one of those to be erased."""
    ids = [(str(table.key), _ROWS), *([(table.patient, _PATIENTS)] if table.patient else [])]
    return "(" + " OR ".join(f"coalesce({identifier(name)} IN (FROM {of}), false)" for name, of in ids) + ")"


def _replace(db: Engine, file: Path, sql: str) -> None:
    with new_file(file) as aside:
        write_parquet(db, sql, aside, COMPRESSION)
