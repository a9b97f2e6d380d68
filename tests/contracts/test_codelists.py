"""The contract of a code list: one CSV in sql/codelists/, codes as text, every list in use."""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from reachwell.codelists import CODE_SYSTEMS, NEEDED, OPTIONAL, is_snomed, read
from reachwell.plugs import find, shipped

FILES = find("sql/codelists")
SQL = {f"{folder}/{name}": path for folder in ("features", "sql/tables") for name, path in find(folder).items()}
# The NHS's own lists, where they lie beside the checkout.
PUBLISHED = shipped().parent / "shared" / "data" / "codelists"
every_list = pytest.mark.parametrize("name", FILES)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _statement(name: str) -> exp.Expression:
    return sqlglot.parse_one(SQL[name].read_text(encoding="utf-8"), read="duckdb")


@cache
def _compared(column: str) -> dict[str, set[str]]:
    """By SQL file, the texts that a column called so is compared with."""
    return {
        name: {text for each in _statement(name).find_all(exp.Column) if each.name == column for text in _beside(each)}
        for name in SQL
    }


def _beside(column: exp.Column) -> Iterator[str]:
    parent = column.parent
    if isinstance(parent, exp.Binary):
        yield from _texts([parent.this, parent.expression])
    elif isinstance(parent, exp.In):
        yield from _texts(parent.expressions)
    elif isinstance(parent, exp.Case):
        yield from _texts(branch.this for branch in parent.args["ifs"])


def _texts(expressions: Iterable[exp.Expression]) -> Iterator[str]:
    return (str(each.this) for each in expressions if isinstance(each, exp.Literal) and each.is_string)


@every_list
def test_it_is_plain_text(name: str) -> None:
    data = FILES[name].read_bytes()
    assert not data.startswith(b"\xef\xbb\xbf"), "saved by a spreadsheet"
    assert b"\r" not in data
    assert data.endswith(b"\n")
    rows = _rows(FILES[name])
    assert rows
    for row in rows:
        assert None not in row, f"{row}: more cells than columns"
        assert all(cell is not None and cell == cell.strip() for cell in row.values()), row
        assert not re.fullmatch(r"[\d.]+[eE]\+\d+|\d+\.0", row["code"]), f"{row['code']}: spoilt by a spreadsheet"


@every_list
def test_it_has_the_columns(name: str) -> None:
    rows = _rows(FILES[name])
    assert {*NEEDED} <= rows[0].keys() <= {*NEEDED, *OPTIONAL}
    assert all(row[column] for row in rows for column in NEEDED)
    assert {row["system"] for row in rows} <= {*CODE_SYSTEMS}
    for row in rows:
        if row.get("lowest") and row.get("highest"):
            assert float(row["lowest"]) < float(row["highest"])
    assert read(FILES[name]).height == len(rows)


@every_list
def test_snomed_codes_end_with_their_check_digit(name: str) -> None:
    assert not [row["code"] for row in _rows(FILES[name]) if row["system"] == "snomed" and not is_snomed(row["code"])]


@every_list
def test_no_code_is_there_twice(name: str) -> None:
    codes = [(row["code"], row["system"]) for row in _rows(FILES[name])]
    assert sorted({*codes}) == sorted(codes)


@every_list
def test_it_is_used(name: str) -> None:
    # Lists of sensitive codes are stripped by the engine before any SQL sees them.
    used = name.startswith("sensitive") or any(name in lists for lists in _compared("list").values())
    assert used, "no feature or table names this list"


@pytest.mark.parametrize("name", SQL)
def test_every_list_that_sql_names_exists(name: str) -> None:
    assert _compared("list")[name] <= FILES.keys()


@pytest.mark.parametrize("name", SQL)
def test_every_category_that_sql_names_exists(name: str) -> None:
    read = {f"sql/tables/{table.name}" for table in _statement(name).find_all(exp.Table)}
    files = [name, *(read & SQL.keys())]
    lists = {each for file in files for each in _compared("list")[file]} & FILES.keys()
    categories = {row["category"] for each in lists for row in _rows(FILES[each]) if "category" in row}
    assert _compared("category")[name] <= categories


def test_sql_names_lists_and_categories() -> None:
    # So that the tests above cannot pass because nothing was found to compare.
    assert _compared("list")["features/lives_alone"] == {"living_status"}
    assert _compared("category")["features/lives_alone"] == {"alone", "with others", "household size"}
    assert _compared("category")["features/antidepressant_issues"] == {"antidepressant", "anxiolytic"}


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the NHS's lists are not beside the checkout")
def test_the_nhs_lists_pass_the_check_digit() -> None:
    codes = {row["code"] for path in PUBLISHED.glob("nhsd-*.csv") for row in _rows(path)}
    assert len(codes) > 1_000
    assert sorted(code for code in codes if not is_snomed(code)) == []
    # A wrong last digit is always found.
    assert not [code for code in sorted(codes)[:500] if is_snomed(code[:-1] + str((int(code[-1]) + 1) % 10))]
