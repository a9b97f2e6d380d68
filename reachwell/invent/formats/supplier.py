"""Suppliers: what is known of a practice system whose extracts are invented, whichever it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

# Our four tables of a practice as of a day, and a supplier's own tables, all text.
Tables = dict[str, pl.DataFrame]
RawTables = dict[str, pl.DataFrame]
Layout = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Supplier:
    """A format that suppliers send: its tables, how they come from ours, and how its files are written.

    layout: the columns of each table in order. keys, patients: each table's column with the row's id, and the one
    with the patient's; a table without the latter is a reference table. raw_tables: from our tables of some of a
    practice's patients, the ODS code and the extract's day. removed: the rows that take back rows sent
    before, from a table's name, its rows, and the patients who are gone. stamped: a table as it goes into a file.
    file_name: from the table, the ODS code and the extract's day.
    """

    name: str
    version: str
    encoding: str
    layout: Layout
    keys: Mapping[str, str]
    patients: Mapping[str, str]
    raw_tables: Callable[[Tables, str, date], RawTables]
    removed: Callable[[str, pl.DataFrame, pl.Series], pl.DataFrame]
    stamped: Callable[[str, pl.DataFrame, date], pl.DataFrame]
    file_name: Callable[[str, str, date], str]

    @property
    def patient_table(self) -> str:
        """The table of the patients themselves: its rows' ids are theirs."""
        return next(table for table, patient in self.patients.items() if self.keys[table] == patient)


def laid_out(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """A frame with all columns of a layout, in order and as text; those it lacks are blank."""
    there = set(frame.columns)
    blank = pl.lit(None, pl.String)
    return frame.select(pl.col(name).cast(pl.String) if name in there else blank.alias(name) for name in columns)
