"""Extract: a supplier's rows into our tables, by the SELECTs of its source, a part of the patients at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from reachwell import drug_tariff
from reachwell.engine import Engine, a_day, identifier
from reachwell.errors import DeliveryRejected, OutOfRoom, RunFailed
from reachwell.manifest import Manifest
from reachwell.source import Source
from reachwell.tables import TABLES, columns

UNREADABLE = "_unreadable"
ROW = "_row"
# Rows of a part: few enough to be checked in a few hundred megabytes, many enough to make good each part's cost.
PART = 400_000
NO_CODES = pl.DataFrame(schema={"code": pl.String, "system": pl.String})
Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Extracted:
    """Our tables of one delivery, unchecked, in DuckDB.

    left_out: counts of what its source does not take over. opt_outs: rows of opting out, those that are no events too:
    patient_id, code, system, on_date and recorded_on. sensitive: the ids of the supplier's rows that hold a
    sensitive code, by raw table.
    """

    db: Engine
    left_out: dict[str, int]
    sensitive: dict[str, list[str]]
    opt_outs: pl.DataFrame

    def parts(self) -> Iterator[Tables]:
        """The tables, each patient's rows in one part.

        Each table has two more columns: _row, the row's number, and _unreadable, the names of the columns whose
        text is no value of their type.
        """
        sizes = {name: self.db.rows(f"SELECT count(*) FROM {_ours(name)}")[0][0] for name in TABLES}
        count = 1 + sum(sizes.values()) // PART
        for part in range(count):
            yield {name: self.db.frame(_typed(self.db, name, part, count)) for name in TABLES}


def extract(
    db: Engine,
    source: Source,
    raw: Mapping[str, str],
    manifest: Manifest,
    tariff: pl.DataFrame = drug_tariff.NONE,
    sensitive: pl.DataFrame = NO_CODES,
    opting_out: pl.DataFrame = NO_CODES,
    few: bool = False,
) -> Extracted:
    """Run a source's SELECTs over its raw tables.

    raw: by raw table, the SQL of its rows. tariff: the prices that `drug_tariff` offers, if the area has any.
    sensitive: the codes (code, system) that must not be taken over. opting_out: those of dissent and withdrawal.
    few: the rows are few among many, and worth finding once instead of for each SELECT.
    Raises DeliveryRejected where the source says that the delivery must not be used.
    """
    db.offer("drug_tariff", tariff)
    db.offer("sensitive_code", sensitive)
    db.offer("opt_out_code", opting_out)
    try:
        for name, sql in raw.items():
            db.run(f"CREATE OR REPLACE TEMP {'TABLE' if few else 'VIEW'} {identifier(name)} AS {sql}")
        return _extracted(db, source, manifest)
    except OutOfRoom:
        raise
    except RunFailed as error:
        raise RunFailed(f"{source.name}.sql: {error}") from None


def _extracted(db: Engine, source: Source, manifest: Manifest) -> Extracted:
    for name, sql in source.shared.items():
        db.run(f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS {sql}", **_bound(sql, manifest))
    if refusals := _select(db, source, "refuse", manifest):
        raise DeliveryRejected(" ".join(str(message) for (message,) in refusals))
    for name in TABLES:
        sql = source.selects[name]
        db.run(f"CREATE OR REPLACE TEMP TABLE {_ours(name)} AS {sql}", **_bound(sql, manifest))
    counts = {str(what): int(rows) for what, rows in _select(db, source, "left_out", manifest) if rows}
    found: dict[str, list[str]] = {}
    for table, row_id in _select(db, source, "sensitive", manifest):
        found.setdefault(str(table), []).append(str(row_id))
    return Extracted(db, counts, found, _opt_outs(db, source, manifest))


def _opt_outs(db: Engine, source: Source, manifest: Manifest) -> pl.DataFrame:
    schema = {"patient_id": pl.String, "code": pl.String, "system": pl.String, "on_date": pl.Date,
              "recorded_on": pl.Date}  # fmt: skip
    return pl.DataFrame(_select(db, source, "opt_out", manifest), schema=schema, orient="row")


def _ours(table: str) -> str:
    return identifier(f"our_{table}")


def _bound(sql: str, manifest: Manifest) -> dict[str, str]:
    return {"practice": manifest.practice} if "$practice" in sql else {}


def _select(db: Engine, source: Source, name: str, manifest: Manifest) -> list[tuple[Any, ...]]:
    sql = source.selects.get(name)
    return db.rows(sql, **_bound(sql, manifest)) if sql else []


def _typed(db: Engine, table: str, part: int, count: int) -> str:
    given = {str(name): str(kind) for name, kind, *_ in db.rows(f"DESCRIBE {_ours(table)}")}
    cells, unreadable = [], []
    for name, kind in columns(table).items():
        if given.get(name) == kind and kind != "VARCHAR":
            cells.append(name)
            continue
        text = f"nullif(trim(CAST({name} AS VARCHAR)), '')"
        cell = a_day(f"TRY_CAST({text} AS DATE)") if kind == "DATE" else f"TRY_CAST({text} AS {kind})"
        cells.append(f"{cell} AS {name}")
        if kind != "VARCHAR":
            unreadable.append(f"CASE WHEN {text} IS NOT NULL AND {cell} IS NULL THEN '{name}' END")
    told = f"nullif(concat_ws(', ', {', '.join(unreadable)}), '')" if unreadable else "CAST(NULL AS VARCHAR)"
    where = f" WHERE hash(trim(CAST(patient_id AS VARCHAR))) % {count} = {part}" if count > 1 else ""
    return f"SELECT rowid + 1 AS {ROW}, {', '.join(cells)}, {told} AS {UNREADABLE} FROM {_ours(table)}{where}"
