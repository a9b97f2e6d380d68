"""Pseudonymised files: a delivery's tables written again with the columns that are read, and nobody's identity."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, identifier, literal
from reachwell.identity.deprivation import normalised
from reachwell.identity.key import Key
from reachwell.identity.people import Sent
from reachwell.identity.pseudonym import of_address
from reachwell.raw_files import RawFile
from reachwell.source import RawColumn, RawTable, Source

_PIECE = 1 << 20
# What SystmOne writes where there is no id.
_NOBODY = "-1"


def own_table(source: Source) -> RawTable | None:
    """The table that has a row for each patient, or None where the source does not say whose rows are whose."""
    return next((each for each in source.reads if each.patient and each.key in (None, each.patient)), None)


def sent_patients(db: Engine, source: Source, table: RawTable, raw: RawFile) -> list[Sent]:
    """The rows of the patients' own table."""
    number = next((name for name, kind in source.identifying.get(table.name, {}).items() if kind == "nhs_number"), "")
    deleted = next((each for each in table.columns if each.name == table.deleted), None)
    flag = f"lower({_cell(raw, deleted)}) IN ('true', '1', 'yes', 'y')" if deleted else "false"
    cells = (
        f"{_cell(raw, _column(table, str(table.patient)))}, {_cell(raw, RawColumn((number,)))}, coalesce({flag}, false)"
    )
    rows = db.rows(f"SELECT row_number() OVER () + 1, {cells} FROM {raw.relation}")
    return [Sent(row, person, nhs or None, gone) for row, person, nhs, gone in rows if person not in (None, _NOBODY)]


def mentioned(db: Engine, table: RawTable, raw: RawFile) -> set[str]:
    """The system's ids of the patients of a table's rows."""
    cell = _cell(raw, _column(table, str(table.patient)))
    ids = db.frame(f"SELECT DISTINCT {cell} AS id FROM {raw.relation}")["id"].drop_nulls()
    return set(ids) - {_NOBODY}


def write_table(db: Engine, source: Source, table: RawTable, raw: RawFile, target: Path) -> None:
    """Write one table. SQL must offer `person` (system_id, pseudonym) and, where a table has addresses, `home`."""
    cells = {column: _written(source, table, raw, column) for column in table.columns if _name(raw, column)}
    select = [f"{sql} AS {identifier(str(_name(raw, column)))}" for column, sql in cells.items()]
    joins = []
    if table.patient:
        joins.append(f"LEFT JOIN person ON person.system_id = {_cell(raw, _column(table, table.patient))}")
    if parts := address_of(source, table, raw):
        token, decile = _names_of_home(table)
        select += [f"home.token AS {token}", f"home.decile AS {decile}"]
        joins.append(f"LEFT JOIN home ON home.address = {_joined(raw, parts)}")
    sql = f"SELECT {', '.join(select)} FROM {raw.relation} AS raw {' '.join(joins)}"
    if not raw.is_csv:
        db.run(f"COPY ({sql}) TO {literal(target)} (FORMAT parquet)")
        return
    db.run(f"COPY ({sql}) TO {literal(target)} (FORMAT csv, HEADER true)")
    if source.encoding != "utf-8":
        _encode(target, source.encoding)


def address_of(source: Source, table: RawTable, raw: RawFile) -> dict[str, str]:
    """The columns of a table that make up an address, by name, and what each holds: address or postcode.

    None where the file has a household of its own already.
    """
    known = source.identifying.get(table.name, {})
    there = {
        name: kind for name, kind in known.items() if kind in ("address", "postcode") and name.lower() in raw.columns
    }
    return {} if any(name.lower() in raw.columns for name in _names_of_home(table)) else there


def homes(db: Engine, raw: RawFile, parts: Mapping[str, str], key: Key, deciles: Mapping[str, int]) -> pl.DataFrame:
    """Each address of a table once: address (as joined), token and decile.

    parts: as address_of() gives them. deciles: by normalised postcode.
    """
    cells = ", ".join(f"{_cell(raw, RawColumn((name,)))} AS {identifier(name)}" for name in parts)
    found = db.frame(f"SELECT DISTINCT {cells}, {_joined(raw, parts)} AS address FROM {raw.relation}")
    postcode = next((name for name, kind in parts.items() if kind == "postcode"), None)
    rows = [
        (row["address"], of_address(key, [row[name] for name in parts]),
         deciles.get(normalised(row[postcode] or "")) if postcode else None)
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema={"address": pl.String, "token": pl.String, "decile": pl.Int64}, orient="row")


def _names_of_home(table: RawTable) -> tuple[str, str]:
    ours = any(column.name == "household_id" for column in table.columns)
    return ("household_id", "imd_decile") if ours else ("HouseholdToken", "DeprivationDecile")


def _written(source: Source, table: RawTable, raw: RawFile, column: RawColumn) -> str:
    cell = _cell(raw, column)
    if column.name == table.patient:
        return f"coalesce(person.pseudonym, CASE WHEN {cell} = '{_NOBODY}' THEN {cell} END)"
    if source.identifying.get(table.name, {}).get(column.name) == "birth_date":
        return _first_of_month(source, cell)
    return f"raw.{identifier(str(_name(raw, column)))}"


def _first_of_month(source: Source, cell: str) -> str:
    # What is no date, and so might be anything, is not written.
    if not source.dates:
        return f"CASE WHEN regexp_matches({cell}, '^\\d{{4}}-\\d{{2}}') THEN left({cell}, 7) || '-01' END"
    formats = ", ".join(map(literal, source.dates))
    return f"strftime(date_trunc('month', try_strptime({cell}, [{formats}])), {literal(source.dates[0])})"


def _column(table: RawTable, name: str) -> RawColumn:
    return next(column for column in table.columns if column.name == name)


def _name(raw: RawFile, column: RawColumn) -> str | None:
    return next((raw.columns[name.lower()] for name in column.names if name.lower() in raw.columns), None)


def _cell(raw: RawFile, column: RawColumn) -> str:
    name = _name(raw, column)
    return f"nullif(trim(CAST({identifier(name)} AS VARCHAR)), '')" if name else "CAST(NULL AS VARCHAR)"


def _joined(raw: RawFile, parts: Mapping[str, str]) -> str:
    return f"concat_ws(chr(31), {', '.join(f'coalesce({_cell(raw, RawColumn((name,)))}, chr(30))' for name in parts)})"


def _encode(file: Path, encoding: str) -> None:
    aside = file.with_suffix(".encoding")
    with file.open(encoding="utf-8", newline="") as text, aside.open("w", encoding=encoding, newline="") as coded:
        while piece := text.read(_PIECE):
            coded.write(piece)
    aside.replace(file)
