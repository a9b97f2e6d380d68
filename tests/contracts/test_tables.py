"""The contract of a derived table: one SQL file in sql/tables/, made once a delivery or once a night."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlglot
from polars.testing import assert_frame_equal
from sqlglot import exp

from reachwell.errors import FileMistakes
from reachwell.features import catalogue
from reachwell.lake import Snapshot, derived_tables
from reachwell.plugs import find
from reachwell.sql_file import SqlFile, in_order
from reachwell.tables import TABLES

FILES = find("sql/tables")
GIVEN = {"codelist", "practice"}
every_table = pytest.mark.parametrize("name", FILES)


def _read(name: str) -> SqlFile:
    return SqlFile.read(FILES[name], ("title", "made", "grain"))


def _is_made_by_delivery(path: Path) -> bool:
    return "-- made:  delivery\n" in path.read_text(encoding="utf-8").replace("made: ", "made:  ").replace("   ", "  ")


MADE_BY_DELIVERY = [name for name, path in FILES.items() if _is_made_by_delivery(path)]


@pytest.fixture(scope="module")
def practice(rich: Callable[..., Any], on: date) -> Any:
    return rich(on, "A10001")


@pytest.fixture(scope="module")
def base(practice: Any, store: Callable[..., Snapshot]) -> Snapshot:
    return store(practice.tables)


@pytest.fixture(scope="module")
def with_later(practice: Any, store: Callable[..., Snapshot]) -> Snapshot:
    return store(practice.with_later)


@pytest.fixture(scope="module")
def shuffled(practice: Any, store: Callable[..., Snapshot]) -> Snapshot:
    return store(practice.shuffled)
