"""Raw cells: the SQL of a supplier's cells as text, of a file that SQL calls `raw`."""

from reachwell.engine import identifier
from reachwell.raw_files import RawFile
from reachwell.source import RawColumn, RawTable

# What SystmOne writes where there is no id or number.
NOBODY = "-1"


def cell(raw: RawFile, *names: str) -> str:
    """The SQL of a column's cell, by any of its names; null where it is blank or the file has no such column."""
    name = name_in(raw, *names)
    return f"nullif(trim(CAST(raw.{identifier(name)} AS VARCHAR)), '')" if name else "CAST(NULL AS VARCHAR)"


def name_in(raw: RawFile, *names: str) -> str | None:
    """What a file calls a column; None where it has none of the names."""
    return next((raw.columns[name.lower()] for name in names if name.lower() in raw.columns), None)


def patient_cell(table: RawTable, raw: RawFile) -> str:
    """The SQL of the system's id of whose row it is."""
    return cell(raw, *_column(table, table.patient).names)


def deleted_cell(table: RawTable, raw: RawFile) -> str:
    """The SQL of whether a row says that it is deleted."""
    if not table.deleted:
        return "false"
    return f"coalesce(lower({cell(raw, *_column(table, table.deleted).names)}) IN ('true', '1', 'yes', 'y'), false)"


def _column(table: RawTable, name: str | None) -> RawColumn:
    return next(column for column in table.columns if column.name == name)
