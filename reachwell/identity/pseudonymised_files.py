"""Pseudonymised files: a delivery's tables written again with the columns that are read, and nobody's identity."""

from dataclasses import dataclass
from pathlib import Path

from reachwell.engine import Engine, identifier, literal
from reachwell.identity.homes import address_of, as_written, names_of_home
from reachwell.identity.raw_cells import NOBODY, cell, name_in, patient_cell
from reachwell.raw_files import RawFile
from reachwell.source import RawColumn, RawTable, Source


@dataclass(frozen=True)
class Written:
    """How many rows of a table were written, and how many lines of its file do not split into columns, and were not."""

    rows: int
    broken_lines: int = 0


def write_table(db: Engine, source: Source, table: RawTable, raw: RawFile, target: Path) -> Written:
    """Write one table as its file is: CSV or Parquet, delimiter, encoding and line ends.

    SQL must offer `person` (system_id, pseudonym) and, where the file has addresses, `home` (HOMES).
    """
    sql = _select(source, table, raw)
    if not raw.is_csv:
        return Written(int(db.rows(f"COPY ({sql}) TO {literal(target)} (FORMAT parquet)")[0][0]))
    with raw.path.open("rb") as sent:
        header = sent.readline()
    delimiter = "chr(9)" if b"\t" in header else "','"
    for rejects in ("reject_errors", "reject_scans"):
        db.run(f"DROP TABLE IF EXISTS {rejects}")
    ((rows,),) = db.rows(f"COPY ({sql}) TO {literal(target)} (FORMAT csv, HEADER true, DELIMITER {delimiter})")
    ((broken,),) = db.rows("SELECT count(DISTINCT line) FROM reject_errors")
    _as_the_system_writes(target, source.encoding, "\r\n" if header.endswith(b"\r\n") else "\n")
    return Written(int(rows), int(broken))


def _select(source: Source, table: RawTable, raw: RawFile) -> str:
    there = [(column, name) for column in table.columns if (name := name_in(raw, *column.names))]
    select = [f"{_written(source, table, raw, column)} AS {identifier(name)}" for column, name in there]
    joins = []
    if table.patient:
        joins.append(f"LEFT JOIN person ON person.system_id = {patient_cell(table, raw)}")
    if parts := address_of(source, table, raw):
        token, decile = names_of_home(table)
        select += [f"home.token AS {token}", f"home.decile AS {decile}"]
        joins.append(f"LEFT JOIN home ON home.written = {as_written(raw, parts)}")
    # Of several rows with one id the last one counts, and a join keeps no order.
    rows = f"(SELECT *, row_number() OVER () AS _row FROM {raw.relation}) AS raw"
    return f"SELECT {', '.join(select)} FROM {rows} {' '.join(joins)} ORDER BY raw._row"


def _written(source: Source, table: RawTable, raw: RawFile, column: RawColumn) -> str:
    text = cell(raw, *column.names)
    if column.name == table.patient:
        return f"coalesce(person.pseudonym, CASE WHEN {text} = '{NOBODY}' THEN {text} END)"
    if source.identifying.get(table.name, {}).get(column.name) == "birth_date":
        return _first_of_month(source, text)
    return f"raw.{identifier(str(name_in(raw, *column.names)))}"


def _first_of_month(source: Source, text: str) -> str:
    # What is no date, and so might be anything, is not written.
    if not source.dates:
        return f"CASE WHEN regexp_matches({text}, '^\\d{{4}}-\\d{{2}}') THEN left({text}, 7) || '-01' END"
    formats = ", ".join(map(literal, source.dates))
    return f"strftime(date_trunc('month', try_strptime({text}, [{formats}])), {literal(source.dates[0])})"


def _as_the_system_writes(file: Path, encoding: str, line_end: str) -> None:
    if (encoding, line_end) == ("utf-8", "\n"):
        return
    aside = file.with_suffix(".aside")
    is_inside = False
    # What the encoding has no letter for was no letter when it came either.
    with (
        file.open(encoding="utf-8", newline="\n") as text,
        aside.open("w", encoding=encoding, errors="replace", newline="") as written,
    ):
        for line in text:
            # A line that ends between quotes is one of a cell's own.
            is_inside ^= bool(line.count('"') % 2)
            written.write(line if is_inside else line.removesuffix("\n") + line_end)
    aside.replace(file)
