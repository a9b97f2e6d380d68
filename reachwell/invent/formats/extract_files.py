"""Extract files: a supplier's tables written as it writes them, some of the patients at a time."""

from collections import defaultdict
from contextlib import ExitStack
from datetime import date
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import polars as pl

from reachwell.invent.formats.changes import changes
from reachwell.invent.formats.pieces import Night, pieces, touched
from reachwell.invent.formats.supplier import Supplier


def write_full(supplier: Supplier, ods: str, night: Night, folder: Path) -> None:
    """Write all that a supplier sends of a practice into a folder."""
    with _Files(supplier, ods, night.on, folder) as files:
        for (piece,) in pieces(night):
            for table, rows in supplier.raw_tables(piece, ods, night.on).items():
                files.add(table, rows)


def write_changes(supplier: Supplier, ods: str, before: Night, night: Night, folder: Path) -> None:
    """Write what a supplier sends of what has changed since a night before.

    Of reference tables it sends again what the patients touched refer to, and takes nothing back.
    """
    with _Files(supplier, ods, night.on, folder) as files:
        for had, has in pieces(before, night, only=touched(before, night)):
            was, now = supplier.raw_tables(had, ods, before.on), supplier.raw_tables(has, ods, night.on)
            found = {table: changes(was[table], rows, supplier.keys[table]) for table, rows in now.items()}
            # Only the changes stay while the next piece is worked on.
            del was, now
            patients_gone = found[supplier.patient_table].gone[supplier.keys[supplier.patient_table]]
            for table, each in found.items():
                is_taken_back = table in supplier.patients
                gone = [supplier.removed(table, each.gone, patients_gone)] if is_taken_back else []
                files.add(table, pl.concat([each.sent, *gone]))


class _Files:
    """The files of a delivery, one a table, each of which grows; those of reference tables are written at the end."""

    def __init__(self, supplier: Supplier, ods: str, on: date, folder: Path) -> None:
        self._supplier, self._ods, self._on, self._folder = supplier, ods, on, folder
        self._open: dict[str, BinaryIO] = {}
        self._reference: dict[str, list[pl.DataFrame]] = defaultdict(list)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._stack:
            for table, parts in self._reference.items() if kind is None else ():
                # Patients of several pieces name the same codes and sessions.
                key = self._supplier.keys[table]
                self._write(table, pl.concat(parts).unique(key, keep="first", maintain_order=True))

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to a table."""
        if table in self._supplier.patients:
            self._write(table, rows)
        else:
            self._reference[table].append(rows)

    def _write(self, table: str, rows: pl.DataFrame) -> None:
        is_first = table not in self._open
        if is_first:
            path = self._folder / self._supplier.file_name(table, self._ods, self._on)
            self._open[table] = self._stack.enter_context(path.open("wb"))
        text = BytesIO()
        rows = self._supplier.stamped(table, rows, self._on)
        rows.write_csv(text, include_header=is_first, line_terminator="\r\n")
        written: bytes | memoryview = text.getbuffer()
        if self._supplier.encoding != "utf-8":
            written = text.getvalue().decode().encode(self._supplier.encoding)
        self._open[table].write(written)
