"""Staging: a delivery's files as typed Parquet, one file a raw table, with the rows that cannot be read apart."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from reachwell.engine import Engine, a_day, identifier, literal, parquet
from reachwell.errors import DeliveryRejected, OutOfRoom, RunFailed
from reachwell.raw_files import RawFile, check_names, find, opened
from reachwell.source import RawColumn, RawTable, Source

# A file that is wrong throughout would fill memory and disk with rows that all say the same.
MOST_QUARANTINED = 10_000
OPTED_OUT = "opted_out"
QUARANTINE_SCHEMA = {"table": pl.String, "rule": pl.String, "row": pl.Int64, "content": pl.String}


@dataclass(frozen=True)
class Staged:
    """A delivery's raw tables as Parquet files of a folder, and what of them could not be read.

    rows: the rows of each raw table, bad ones included. bad: how many rows of a table break a rule, because a cell
    is no value of its kind. quarantined: the first of them, as in the quarantine. broken_lines: by file, lines that
    do not split into the header's columns. repeated: the raw tables in which an id comes twice.
    """

    folder: Path
    rows: dict[str, int]
    bad: dict[tuple[str, str], int]
    quarantined: pl.DataFrame
    broken_lines: dict[str, int]
    repeated: frozenset[str]

    def good(self, table: RawTable) -> str:
        """The SQL of a raw table's good rows; of several with one id the last one wins."""
        columns = ", ".join(identifier(column.name) for column in table.columns)
        file = self._file(table)
        if table.name not in self.repeated:
            return f"SELECT {columns} FROM {parquet([file])} WHERE _rule IS NULL"
        return (
            f"SELECT {columns} FROM {parquet([file])[:-1]}, file_row_number = true) WHERE _rule IS NULL "
            f"QUALIFY row_number() OVER (PARTITION BY {identifier(str(table.key))} ORDER BY file_row_number DESC) = 1"
        )

    def changes(self, table: RawTable) -> str:
        """The SQL of what a raw table's rows change: its good rows, with _removed.

        A row that cannot be read takes the place of the one that had its id: how that is now is not known. Of a row
        that is removed, or is of somebody who has opted out, nothing comes in but its id; not even that where it is
        the patient's.
        """
        key = identifier(str(table.key))
        deleted = f"coalesce({identifier(table.deleted)}, false)" if table.deleted else "false"
        out = f"coalesce({identifier(table.patient)} IN (FROM {OPTED_OUT}), false)" if table.patient else "false"
        names = [identifier(column.name) for column in table.columns]
        cells = ", ".join(
            name if name == key else f"CASE WHEN NOT _removed THEN {name} END AS {name}" for name in names
        )
        good, file = self.good(table), parquet([self._file(table)])
        bad = f"SELECT DISTINCT {key} FROM {file} WHERE _rule IS NOT NULL AND {key} IS NOT NULL"
        changes = (
            f"SELECT {cells}, _removed FROM (SELECT *, {deleted} OR {out} AS _removed FROM ({good})) "
            f"UNION ALL BY NAME SELECT {key}, true AS _removed FROM ({bad}) ANTI JOIN ({good}) USING ({key})"
        )
        return f"SELECT * FROM ({changes}) WHERE NOT {out}" if table.patient == table.key else changes

    def _file(self, table: RawTable) -> Path:
        return self.folder / f"{table.name}.parquet"


def stage(db: Engine, delivery: Path, source: Source, folder: Path, opted_out: Collection[str] = ()) -> Staged:
    """Write a delivery's raw tables into a folder as typed Parquet, its columns by their first names.

    opted_out: patients of whom nothing comes in with changes.
    Raises DeliveryRejected where a file or a needed column is missing, or a file cannot be read whole.
    """
    check_names(delivery, source)
    db.offer(OPTED_OUT, pl.DataFrame({"patient_id": sorted(opted_out)}, schema={"patient_id": pl.String}))
    found = [_stage_table(db, delivery, source, table, folder) for table in source.reads]
    return Staged(
        folder,
        {table: rows for each in found for table, rows in each.rows.items()},
        {broken: rows for each in found for broken, rows in each.bad.items()},
        pl.concat([each.quarantined for each in found]),
        {file: lines for each in found for file, lines in each.broken_lines.items()},
        frozenset().union(*(each.repeated for each in found)),
    )


def _stage_table(db: Engine, delivery: Path, source: Source, table: RawTable, folder: Path) -> Staged:
    file, target = find(delivery, source, table), folder / f"{table.name}.parquet"
    if file is None:
        _write(db, target, _cells(table, {}, source), "(SELECT 1 WHERE false)")
        return Staged(folder, {table.name: 0}, {}, pl.DataFrame(schema=QUARANTINE_SCHEMA), {}, frozenset())
    try:
        raw = _opened(db, file, source, table, folder)
        _write(db, target, _cells(table, raw.columns, source), raw.relation)
        broken = _broken_lines(db, table.name if source.files else file.name) if raw.is_csv else {}
        rows, ids = _counted(db, table, target)
        repeated = frozenset([table.name] if table.key and ids < rows else [])
        bad, first = _bad_rows(db, table, target)
        return Staged(folder, {table.name: rows}, bad, first, broken, repeated)
    except RunFailed:
        # Was it the reading, or that there is no room for what was read?
        _refuse_unless_readable(db, file, source, folder)
        raise
    finally:
        (folder / f"{file.stem}.csv").unlink(missing_ok=True)


def _counted(db: Engine, table: RawTable, file: Path) -> tuple[int, int]:
    """A staged table's rows and ids. To count the ids costs a fifth of sorting out those that come twice."""
    ids = f"count(DISTINCT {identifier(table.key)})" if table.key else "0"
    rows, found = db.rows(f"SELECT count(*), {ids} FROM {parquet([file])}")[0]
    return int(rows), int(found)


def _write(db: Engine, target: Path, cells: str, relation: str) -> None:
    db.run(f"COPY (SELECT {cells} FROM {relation}) TO {literal(target)} (FORMAT parquet, COMPRESSION lz4)")


def _opened(db: Engine, file: Path, source: Source, table: RawTable, folder: Path) -> RawFile:
    raw = opened(db, file, source, folder)
    there = raw.columns
    lacking = [
        " or ".join(column.names)
        for column in table.columns
        if not column.optional and not any(name.lower() in there for name in column.names)
    ]
    if lacking:
        raise DeliveryRejected(
            f"delivery {file.parent.name}: {file.name} has no column {', '.join(lacking)}. "
            "Check that the manifest names the right format, or ask the supplier what changed."
        )
    return raw


def _refuse_unless_readable(db: Engine, file: Path, source: Source, folder: Path) -> None:
    try:
        raw = opened(db, file, source, folder)
        cells = ", ".join(f"max({identifier(name)})" for name in raw.columns.values() if name)
        db.rows(f"SELECT {cells} FROM {raw.relation}")
    except OutOfRoom:
        raise
    except RunFailed:
        told = (
            f"{file.name} cannot be read to its end; it may have been cut off, or a quote is not closed. Send it again."
        )
        raise DeliveryRejected(f"delivery {file.parent.name}: {told}") from None


def _cells(table: RawTable, there: Mapping[str, str], source: Source) -> str:
    """The SELECT list of a raw table: its typed columns, the rule that a row breaks, and then its text."""
    text = {column.name: _text(column, there) for column in table.columns}
    typed = {column.name: _typed(column, text[column.name], source) for column in table.columns}
    rules = [
        f"WHEN {text[column.name]} IS NOT NULL AND {typed[column.name]} IS NULL THEN "
        f"'{column.name} is {_no_date(source) if column.kind == 'date' else 'neither true nor false'}'"
        for column in table.columns
        if column.kind != "text" and any(name.lower() in there for name in column.names)
    ]
    if table.key and there:
        rules.append(f"WHEN {text[table.key]} IS NULL THEN '{table.key} is empty'")
    if table.deleted and table.key and there:
        # Of a row that is gone nothing but its id is looked at.
        rules.insert(0, f"WHEN {typed[table.deleted]} AND {text[table.key]} IS NOT NULL THEN NULL")
    rule = f"CASE {' '.join(rules)} END" if rules else "CAST(NULL AS VARCHAR)"
    whole = ", ".join(f"{identifier(name)} := {sql}" for name, sql in text.items())
    parts = [f"{sql} AS {identifier(name)}" for name, sql in typed.items()]
    text_of_bad = f"CASE WHEN _rule IS NOT NULL THEN to_json(struct_pack({whole})) END AS _text"
    return f"{', '.join(parts)}, {rule} AS _rule, {text_of_bad}"


def _no_date(source: Source) -> str:
    return f"no date such as {date(2026, 11, 21):{source.dates[0] if source.dates else '%Y-%m-%d'}}"


def _text(column: RawColumn, there: Mapping[str, str]) -> str:
    for name in column.names:
        if name.lower() in there:
            return f"nullif(trim(CAST({identifier(there[name.lower()])} AS VARCHAR)), '')"
    return "CAST(NULL AS VARCHAR)"


def _typed(column: RawColumn, text: str, source: Source) -> str:
    if column.kind == "date":
        if not source.dates:
            return a_day(f"TRY_CAST({text} AS DATE)")
        formats = ", ".join(literal(each) for each in source.dates)
        return a_day(f"CAST(try_strptime({text}, [{formats}]) AS DATE)")
    if column.kind == "flag":
        return (
            f"CASE WHEN {text} IS NULL OR lower({text}) IN ('false', '0', 'no', 'n') THEN false "
            f"WHEN lower({text}) IN ('true', '1', 'yes', 'y') THEN true END"
        )
    return text


def _broken_lines(db: Engine, name: str) -> dict[str, int]:
    lines = int(db.rows("SELECT count(DISTINCT line) FROM reject_errors")[0][0])
    db.run("DROP TABLE IF EXISTS reject_errors")
    db.run("DROP TABLE IF EXISTS reject_scans")
    return {name: lines} if lines else {}


def _bad_rows(db: Engine, table: RawTable, file: Path) -> tuple[dict[tuple[str, str], int], pl.DataFrame]:
    rows = f"{parquet([file])[:-1]}, file_row_number = true) WHERE _rule IS NOT NULL"
    counts = db.rows(f"SELECT _rule, count(*) FROM {rows} GROUP BY _rule ORDER BY _rule")
    first = db.frame(
        f'SELECT $name AS "table", _rule AS rule, file_row_number + 1 AS row, CAST(_text AS VARCHAR) AS content '
        f"FROM {rows} ORDER BY row LIMIT {MOST_QUARANTINED}",
        name=table.name,
    ).cast(QUARANTINE_SCHEMA)  # type: ignore[arg-type]
    return {(table.name, str(rule)): int(count) for rule, count in counts}, first
