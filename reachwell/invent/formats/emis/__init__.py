"""EMIS Web bulk extract, 5.0 to 5.4: invented deliveries as EMIS sends them."""

from datetime import date
from functools import partial

import polars as pl

from reachwell.invent.formats.emis.contacts import contacts
from reachwell.invent.formats.emis.layout import KEYS, LAYOUT, PATIENTS, VERSIONS, as_of
from reachwell.invent.formats.emis.medicines import medicines
from reachwell.invent.formats.emis.people import STRANGERS, patients
from reachwell.invent.formats.emis.record import record
from reachwell.invent.formats.emis.staff import practice_tables
from reachwell.invent.formats.row_ids import guid
from reachwell.invent.formats.strangers import strangers, with_strangers
from reachwell.invent.formats.supplier import RawTables, Supplier, Tables, laid_out

_KEPT = ("OrganisationGuid", "PatientGuid")


def raw_tables(tables: Tables, ods: str, on: date) -> RawTables:
    """EMIS's tables as an extract of day `on` has them: every column as text, names and addresses blank."""
    everybody = with_strangers(tables, strangers(tables, STRANGERS))
    appointments, links = contacts(everybody, ods, on)
    return {
        "Admin_Patient": patients(everybody["patient"], ods),
        **practice_tables(ods),
        **appointments,
        **record(everybody["event"], links, ods, on),
        **medicines(everybody["medicine"], ods),
    }


def removed(table: str, rows: pl.DataFrame, patients_gone: pl.Series) -> pl.DataFrame:
    """The rows that take back rows sent before: a patient who is gone comes without the rows that were theirs."""
    if "Deleted" not in LAYOUT[table]:
        return rows.clear()
    if table != "Admin_Patient" and table in PATIENTS:
        rows = rows.filter(pl.col("PatientGuid").is_in(patients_gone.implode()).not_().fill_null(True))
    kept = [name for name in LAYOUT[table] if name in (KEYS[table], *_KEPT)]
    return laid_out(rows.select(*kept, Deleted=pl.lit("true")), LAYOUT[table])


def emis(version: str = VERSIONS[-1]) -> Supplier:
    """The supplier, by the version of its layout."""
    return Supplier(
        name="emis",
        version=version,
        encoding="utf-8",
        layout=LAYOUT,
        keys=KEYS,
        patients=PATIENTS,
        raw_tables=raw_tables,
        removed=removed,
        stamped=partial(_stamped, version=version),
        file_name=_file_name,
    )


def _stamped(table: str, rows: pl.DataFrame, on: date, version: str) -> pl.DataFrame:
    stamp = {"ProcessingId": pl.lit(_processing_id(on))} if "ProcessingId" in rows.columns else {}
    return as_of(version, table, rows.with_columns(**stamp))


def _file_name(table: str, ods: str, on: date) -> str:
    return f"{_processing_id(on)}_{table}_{on:%Y%m%d}213000_{guid(f'agreement {ods}')}.csv"


def _processing_id(on: date) -> str:
    return str(on.toordinal() - date(1990, 1, 1).toordinal())
