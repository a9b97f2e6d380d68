"""The contract of a report: one SQL file in sql/reports/ whose counts may leave the practices."""

from pathlib import Path

import polars as pl
import pytest

from reachwell.errors import FileMistakes
from reachwell.plugs import find
from reachwell.publish import write_area
from reachwell.sql_file import SqlFile

FILES = find("sql/reports")
every_report = pytest.mark.parametrize("name", FILES)
# What area users may see of a count: none of 1 to 7, the rest to the nearest 5.
SEEN = {0: 0, 1: None, 5: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 1_002: 1_000, 1_003: 1_005}
# What reports are made from: how many patients of a practice are left after each step of a programme.
STEPS = {
    "programme": pl.String,
    "practice_id": pl.String,
    "place": pl.Int32,
    "step": pl.String,
    "patients": pl.Int64,
}
# Numbers in a report that count nobody.
NO_COUNT = {"place"}


def _counts(name: str) -> list[str]:
    return [each.strip() for each in SqlFile.read(FILES[name], ("title", "counts")).header["counts"].split(",")]


def _written(folder: Path, name: str, patients: list[int]) -> pl.DataFrame:
    """The report as an area user gets it, of one step of one practice for each number of patients."""
    rows = [("social_prescribing", f"A{place:05}", place, "Alive", each) for place, each in enumerate(patients, 1)]
    write_area(folder, "run", pl.DataFrame(rows, schema=STEPS, orient="row"), None)
    return pl.read_parquet(folder / "area" / f"{name}.parquet")


@every_report
def test_the_header_names_the_counts(name: str, tmp_path: Path) -> None:
    frame = _written(tmp_path, name, [20, 30])
    assert frame.height > 0
    assert {*_counts(name)} <= {*frame.columns}
    numbers = {column for column, kind in frame.schema.items() if kind.is_numeric()}
    assert numbers == {*_counts(name), *(NO_COUNT & numbers)}, "a number that is not suppressed would leave exact"


@every_report
@pytest.mark.parametrize("patients", SEEN)
def test_a_count_comes_out_suppressed(name: str, patients: int, tmp_path: Path) -> None:
    frame = _written(tmp_path, name, [patients])
    assert frame.height > 0
    for column in _counts(name):
        assert {*frame[column]} == {SEEN[patients]}


@every_report
def test_no_small_number_is_left_among_others(name: str, tmp_path: Path) -> None:
    frame = _written(tmp_path, name, [*SEEN])
    for column in _counts(name):
        left = frame[column].drop_nulls()
        assert ((left == 0) | (left > 7)).all()
        assert (left % 5 == 0).all()


@every_report
def test_no_patient_is_in_it(name: str, tmp_path: Path) -> None:
    assert "patient_id" not in _written(tmp_path, name, [20]).columns
    assert "patient_id" not in SqlFile.read(FILES[name], ("title", "counts")).sql


def test_a_report_whose_counts_are_no_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sql" / "reports").mkdir(parents=True)
    report = "-- title: X\n-- counts: patient\nSELECT practice_id, step, patients FROM steps\n"
    (tmp_path / "sql" / "reports" / "mine.sql").write_text(report)
    steps = pl.DataFrame([("p", "A00001", 1, "Alive", 3)], schema=STEPS, orient="row")
    with pytest.raises(FileMistakes, match=r"mine\.sql.*patient"):
        write_area(tmp_path / "out", "run", steps, tmp_path)
