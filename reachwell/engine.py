"""The one door to DuckDB: a locked-down connection, and SQL run without ever repeating a value."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import duckdb
import polars as pl

from reachwell.errors import OutOfRoom, RunFailed
from reachwell.sql_file import SqlFile

# What does not fit is spilled to the disk; so a large extract needs time, not a large machine.
MEMORY_LIMIT = "500MB"
# DuckDB cuts a Parquet file into pieces of this many rows; smaller ones cost four times the scan.
ROW_GROUP_SIZE = 122_880


class Engine:
    """A DuckDB connection that sees only the folders it was given."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, **parameters: Any) -> None:
        """Run one statement for what it does."""
        with _without_values():
            self._connection.execute(sql, parameters or None)

    def frame(self, sql: str, **parameters: Any) -> pl.DataFrame:
        """Run one query; its rows as a Polars frame."""
        with _without_values():
            found: pl.DataFrame = self._connection.sql(sql, params=parameters or None).pl()
            return found

    def rows(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Run one query; its rows as tuples, for few rows."""
        with _without_values():
            found: list[tuple[Any, ...]] = self._connection.execute(sql, parameters or None).fetchall()
            return found

    def plug(self, file: SqlFile, sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        """Run SQL that comes from a plug; RunFailed names the plug's file."""
        try:
            return self.frame(sql, **parameters)
        except RunFailed as error:
            raise RunFailed(f"{file.path.name}: {error}") from None

    def make_table(self, file: SqlFile, values: Mapping[str, Any]) -> None:
        """Make the table an SQL plug describes, under the plug's name."""
        self.run(f"CREATE OR REPLACE TEMP TABLE {file.name} AS {file.sql}", **self.bound(file, values))

    @staticmethod
    def bound(file: SqlFile, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values a plug's $parameters take; RunFailed names a parameter that has none."""
        if missing := sorted(file.parameters - values.keys()):
            raise RunFailed(f"{file.path.name} uses ${missing[0]}, which nothing sets. There are: {', '.join(values)}")
        return {name: values[name] for name in sorted(file.parameters)}

    def offer(self, name: str, frame: pl.DataFrame) -> None:
        """Let SQL read a Polars frame under a name."""
        self._connection.register(name, frame)


@contextmanager
def engine(
    *readable: Path, scratch: Path | None = None, writable: Path | None = None, threads: int | None = None
) -> Iterator[Engine]:
    """A connection in memory that can reach only the folders given, and no network.

    readable: folders that SQL may read. writable: a folder that SQL may also write.
    scratch: where DuckDB may spill. threads: None for one a core.
    """
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        allowed = [str(folder) for folder in (*readable, writable, scratch) if folder is not None]
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("SET preserve_insertion_order = true")
        if threads:
            connection.execute(f"SET threads = {int(threads)}")
        if scratch is not None:
            # Of its own, as two connections would write into each other's files.
            connection.execute(f"SET temp_directory = {literal(scratch / f'spill-{token_hex(4)}')}")
        connection.execute(f"SET allowed_directories = [{', '.join(literal(each + '/') for each in allowed)}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Engine(connection)
    finally:
        connection.close()


def write_views(path: Path, views: Mapping[str, str]) -> None:
    """Write a DuckDB file that holds views and no rows, for any DuckDB client to open."""
    with _without_values():
        connection = duckdb.connect(str(path))
        try:
            for name, sql in views.items():
                connection.execute(f"CREATE VIEW {identifier(name)} AS {sql}")
        finally:
            connection.close()


def literal(text: str | Path) -> str:
    """A path or name as an SQL string, where DuckDB takes no parameter."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A column's or a table's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def a_day(sql: str) -> str:
    """A date that a calendar has, or null: DuckDB also knows infinity and the year 99999."""
    return f"CASE WHEN {sql} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN {sql} END"


def parquet(paths: Iterable[Path]) -> str:
    """The SQL that reads Parquet files as one table."""
    return f"read_parquet([{', '.join(literal(path) for path in paths)}])"


@contextmanager
def _without_values() -> Iterator[None]:
    # DuckDB's own messages quote the value that did not fit: that value is a patient's.
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise OutOfRoom(
            f"the {MEMORY_LIMIT} of memory that the database may use, and the disk it spills to, did not suffice. "
            "Make room on the disk of the data folder, then run again."
        ) from None
    except duckdb.IOException:
        raise RunFailed(
            "the database could not read or write a file. Check that the disk is not full and the files are whole."
        ) from None
    except duckdb.PermissionException:
        raise RunFailed("an SQL file reaches for something outside its practice's data, which it may not") from None
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        raise RunFailed(f"an SQL file does not fit its tables: {_first_line(error)}") from None
    except duckdb.Error as error:
        raise RunFailed(f"the database could not run a statement: {type(error).__name__}") from None
    except RuntimeError as error:
        # So DuckDB tells of Ctrl-C, or of SIGTERM where that is an exit, in the middle of a statement.
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise


def _first_line(error: Exception) -> str:
    # Binder, catalogue and parser errors speak of names in the SQL file, before any row is read.
    return str(error).splitlines()[0][:200]
