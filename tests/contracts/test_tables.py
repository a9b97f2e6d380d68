"""The contract of a derived table: one SQL file in sql/tables/, made once a delivery or once a night."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlglot
from polars.testing import assert_frame_equal
from sqlglot import exp

from reachwell.derive import derived_tables
from reachwell.errors import FileMistakes
from reachwell.features import catalogue
from reachwell.lake import Snapshot
from reachwell.plugs import find
from reachwell.sql_file import SqlFile, in_order, split_header
from reachwell.tables import TABLES

FILES = find("sql/tables")
GIVEN = {"codelist", "practice"}
# `validate` and `status` tell of them.
READ_BY_THE_ENGINE = {"unmapped_code"}
every_table = pytest.mark.parametrize("name", FILES)


def _read(name: str) -> SqlFile:
    return SqlFile.read(FILES[name], ("title", "made", "grain"))


def _made(name: str) -> str | None:
    return split_header(FILES[name].read_text(encoding="utf-8"))[0].get("made")


MADE_BY_DELIVERY = [name for name in FILES if _made(name) == "delivery"]
every_table_of_a_delivery = pytest.mark.parametrize("name", MADE_BY_DELIVERY)


@pytest.fixture(scope="module")
def shuffled(practice: Any, store: Callable[..., Snapshot]) -> Snapshot:
    return store({**practice.shuffled, "patient": practice.tables["patient"]})


def _table(snapshot: Snapshot, name: str) -> pl.DataFrame:
    """A table of a delivery; a patient who stands there by a number is named by the row of the patient file."""
    made = pl.read_parquet(snapshot.path / f"{name}.parquet")
    if made.schema["patient_id"] == pl.String:
        return made
    names = pl.read_parquet(snapshot.path / "patient.parquet", columns=["patient_id"])["patient_id"]
    return made.with_columns(patient_id=names[made["patient_id"]])


def _cut(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    days = [name for name in ("on_date", "recorded_on") if name in frame.columns]
    return frame.filter(pl.all_horizontal(*[(pl.col(day) <= on) | pl.col(day).is_null() for day in days]))


@every_table
def test_the_header_says_when_it_is_made(name: str) -> None:
    header = _read(name).header
    assert header["made"] in ("delivery", "night")
    assert all(value.strip() for value in header.values())


@every_table
def test_the_name_is_its_own(name: str) -> None:
    # DuckDB does not tell capitals from small letters.
    assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
    assert name not in {*TABLES, *GIVEN}


@every_table
def test_it_reads_only_what_is_there_by_then(name: str) -> None:
    file = _read(name)
    if file.header["made"] == "delivery":
        assert file.reads <= {*TABLES, *MADE_BY_DELIVERY, "codelist"}
        assert file.parameters == set(), "a delivery's tables serve every index date"
    else:
        assert file.reads <= {*TABLES, *FILES, *GIVEN}
        assert file.parameters <= {"on"}
    statement = sqlglot.parse_one(file.sql, read="duckdb")
    assert not [table.sql() for table in statement.find_all(exp.Table) if table.db or table.catalog]
    assert not {cte.alias for cte in statement.find_all(exp.CTE)} & {*TABLES, *FILES, *GIVEN}


@every_table
def test_something_reads_it(name: str) -> None:
    readers = [*(feature.file for feature in catalogue().values()), *map(_read, FILES)]
    assert any(name in reader.reads for reader in readers) or name in READ_BY_THE_ENGINE


@every_table_of_a_delivery
def test_a_table_of_a_delivery_follows_from_each_patients_own_rows(
    name: str, practice: Any, store: Callable[..., Snapshot], snapshot: Snapshot
) -> None:
    people = practice.tables["patient"]["patient_id"].sort()
    halves = [
        {each: frame.filter(pl.col("patient_id").is_in(half.to_list())) for each, frame in practice.tables.items()}
        for half in (people[:40], people[40:])
    ]
    apart = pl.concat(_table(store(half), name) for half in halves)
    assert_frame_equal(apart, _table(snapshot, name), check_row_order=False, check_exact=True)


@every_table_of_a_delivery
def test_a_table_of_a_delivery_is_ordered_by_its_own_columns(name: str, snapshot: Snapshot) -> None:
    assert _read(name).order
    assert {*_read(name).order} <= {*_table(snapshot, name).columns}


@every_table
def test_no_code_is_written_in_sql(name: str, written_codes: Callable[[str], list[str]]) -> None:
    assert written_codes(_read(name).sql) == [], "codes belong in sql/codelists"


@every_table_of_a_delivery
def test_a_table_of_a_delivery_keeps_the_day(name: str, snapshot: Snapshot) -> None:
    made = _table(snapshot, name)
    assert made.height > 0
    assert made.schema["on_date"] == pl.Date
    assert {"practice_id", "patient_id"} <= {*made.columns}


@every_table_of_a_delivery
def test_a_table_of_a_delivery_can_be_cut_at_any_day(
    name: str, snapshot: Snapshot, later_snapshot: Snapshot, on: date
) -> None:
    made = _table(later_snapshot, name)
    assert made.height > _table(snapshot, name).height
    assert_frame_equal(_cut(made, on), _table(snapshot, name), check_row_order=False, check_exact=True)


@every_table_of_a_delivery
def test_a_table_of_a_delivery_is_in_one_order(name: str, snapshot: Snapshot, shuffled: Snapshot) -> None:
    assert_frame_equal(_table(shuffled, name), _table(snapshot, name), check_exact=True)


def test_each_table_comes_after_what_it_reads() -> None:
    assert {*MADE_BY_DELIVERY} == {table.name for table in derived_tables(None, "delivery")}
    before: set[str] = set()
    for table in in_order(_read(name) for name in reversed(FILES)):
        assert table.reads & FILES.keys() <= before
        before.add(table.name)
    assert before == FILES.keys()


def test_a_circle_is_refused(tmp_path: Path) -> None:
    reads = {"hen": "egg", "egg": "chick", "chick": "hen"}
    files = [SqlFile(tmp_path / f"{name}.sql", {}, f"SELECT * FROM {other}") for name, other in reads.items()]
    assert len(in_order(files[:2])) == 2
    with pytest.raises(FileMistakes, match=r"in a circle: .*hen"):
        in_order(files)


def test_an_area_cannot_bring_a_circle_or_another_time(tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "tables"
    folder.mkdir(parents=True)
    header = "-- title: A table\n-- made: {made}\n-- grain: one row per day\n"
    (folder / "contact_day.sql").write_text(header.format(made="delivery") + "SELECT * FROM contact_day")
    with pytest.raises(FileMistakes, match=r"contact_day\.sql: reads itself in a circle"):
        derived_tables(tmp_path, "delivery")
    (folder / "contact_day.sql").write_text(header.format(made="weekly") + "SELECT * FROM contact")
    with pytest.raises(FileMistakes, match="should be delivery or night"):
        derived_tables(tmp_path, "delivery")
