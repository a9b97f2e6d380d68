"""Where of all that an area keeps somebody's pseudonym stands; the deliveries in the inbox are as they were sent."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import polars as pl

# What of somebody who has opted out may stay: the pseudonym alone.
TOMBSTONES = {"opted_out.parquet", "state.sqlite: opted_out"}


def traces(data: Path, people: Iterable[str]) -> set[str]:
    """The files, and the tables of the state, in which one of these pseudonyms stands."""
    names = sorted(people)
    return {where for where, text in _texts(data) if any(name in text for name in names)} - TOMBSTONES


def _texts(data: Path) -> Iterable[tuple[str, str]]:
    for file in sorted(data.rglob("*")):
        if not file.is_file() or data / "inbox" in file.parents:
            continue
        if file.suffix == ".parquet":
            yield file.name if file.name in TOMBSTONES else str(file.relative_to(data)), _cells(file)
        elif file.name == "state.sqlite":
            yield from ((f"{file.name}: {table}", rows) for table, rows in _rows_of(file))
        else:
            yield str(file.relative_to(data)), file.read_bytes().decode("latin-1")


def _cells(file: Path) -> str:
    return "\n".join(str(row) for row in pl.read_parquet(file).rows())


def _rows_of(file: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as db:
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [(name, str(db.execute(f"SELECT * FROM {name}").fetchall())) for name in tables]
