"""Layers: a table kept as a large Parquet file and a small one of what has changed since.

The small file's rows take the place of all rows of the large one with their key; a row marked _removed only
takes away. So a night's changes cost what they weigh, not what the table weighs.
"""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from reachwell.engine import ROW_GROUP_SIZE, Engine, identifier, literal, parquet

# Past this share of the large file the two are written as one again, so that reading stays cheap.
_MOST_CHANGES = 0.25


def base_file(folder: Path, table: str) -> Path:
    """Where a table's large file is."""
    return folder / f"{table}.parquet"


def changes_file(folder: Path, table: str) -> Path:
    """Where a table's small file is, if it has one."""
    return folder / f"{table}.changes.parquet"


def layered(folders: Iterable[Path], table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    """The SQL of a table as it stands, over one or more folders whose keys do not meet."""
    folders = list(folders)
    names = ", ".join(map(identifier, columns))
    whole = f"SELECT {names} FROM {parquet(base_file(folder, table) for folder in folders)}"
    changes = [file for folder in folders if (file := changes_file(folder, table)).exists()]
    if not changes:
        return whole
    using = ", ".join(map(identifier, keys))
    return (
        f"{whole} ANTI JOIN (SELECT DISTINCT {using} FROM {parquet(changes)}) USING ({using}) "
        f"UNION ALL SELECT {names} FROM {parquet(changes)} WHERE NOT _removed"
    )


def add_changes(
    db: Engine, before: Path, into: Path, table: str, keys: Sequence[str], columns: Sequence[str], new: str
) -> None:
    """Write a table with new changes into a folder; the large file is linked, not copied.

    before: the folder of the table as it stands. new: the SQL of the changes, with the columns and _removed.
    """
    names, using = ", ".join(map(identifier, columns)), ", ".join(map(identifier, keys))
    earlier, target = changes_file(before, table), changes_file(into, table)
    sql = f"SELECT {names}, _removed FROM ({new})"
    if earlier.exists():
        sql = (
            f"SELECT {names}, _removed FROM {parquet([earlier])} "
            f"ANTI JOIN (SELECT DISTINCT {using} FROM ({new})) USING ({using}) UNION ALL {sql}"
        )
    write_parquet(db, sql, target)
    _link(base_file(before, table), base_file(into, table))


def keep(before: Path, into: Path, table: str) -> None:
    """Link a table that does not change into a folder."""
    for file in (base_file, changes_file):
        if file(before, table).exists():
            _link(file(before, table), file(into, table))


def _link(there: Path, here: Path) -> None:
    try:
        here.hardlink_to(there)
    except OSError:
        # Some file systems know no such links, and none reaches from one to another.
        shutil.copyfile(there, here)


def is_due(db: Engine, folder: Path, table: str) -> bool:
    """Whether a table has so many changes that it should be written as one file again."""
    if not changes_file(folder, table).exists():
        return False
    base, changes = (
        db.rows(f"SELECT count(*) FROM {parquet([file])}")[0][0]
        for file in (base_file(folder, table), changes_file(folder, table))
    )
    return bool(changes > _MOST_CHANGES * base)


def write_as_one(db: Engine, folder: Path, table: str, sql: str, compression: str = "zstd") -> None:
    """Write a table's rows as they stand as its large file, and drop its changes."""
    aside = folder / f"{table}.whole.parquet"
    write_parquet(db, sql, aside, compression)
    aside.replace(base_file(folder, table))
    changes_file(folder, table).unlink(missing_ok=True)


def write_parquet(db: Engine, sql: str, target: Path, compression: str = "zstd") -> None:
    """Write a query's rows as a Parquet file.

    compression: "lz4" is read in two thirds of the time that "zstd" takes, and is half as large again.
    """
    options = f"FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE {ROW_GROUP_SIZE}"
    db.run(f"COPY ({sql}) TO {literal(target)} ({options})")
