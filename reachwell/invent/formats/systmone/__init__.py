"""TPP SystmOne Strategic Reporting extract: invented deliveries as SystmOne sends them."""

from datetime import date

import polars as pl

from reachwell.invent.formats.strangers import strangers, with_strangers
from reachwell.invent.formats.supplier import RawTables, Supplier, Tables, laid_out
from reachwell.invent.formats.systmone.contacts import contacts
from reachwell.invent.formats.systmone.layout import KEYS, LAYOUT, PATIENTS
from reachwell.invent.formats.systmone.lists import list_tables
from reachwell.invent.formats.systmone.medicines import medicines
from reachwell.invent.formats.systmone.people import STRANGERS, people
from reachwell.invent.formats.systmone.record import record


def raw_tables(tables: Tables, ods: str, on: date) -> RawTables:
    """SystmOne's tables as an extract of day `on` has them: every column as text, names and addresses blank."""
    everybody = with_strangers(tables, strangers(tables, STRANGERS))
    appointments, links = contacts(everybody, ods, on)
    return {
        **people(everybody["patient"], ods),
        **record(everybody["event"], links, ods),
        **appointments,
        **medicines(everybody["medicine"], ods),
        **list_tables(ods),
    }


def removed(table: str, rows: pl.DataFrame, patients_gone: pl.Series) -> pl.DataFrame:
    """The rows that take back rows sent before; nothing but their numbers is filled."""
    if "RemovedData" not in LAYOUT[table]:
        return rows.clear()
    return laid_out(rows.select(KEYS[table], RemovedData=pl.lit("1")), LAYOUT[table])


def systmone() -> Supplier:
    """The supplier, with the newest variant of each table."""
    return Supplier(
        name="systmone",
        version="93",
        encoding="cp1252",
        layout=LAYOUT,
        keys=KEYS,
        patients=PATIENTS,
        raw_tables=raw_tables,
        removed=removed,
        stamped=lambda table, rows, on: rows,
        file_name=lambda table, ods, on: f"{table}.csv",
    )
