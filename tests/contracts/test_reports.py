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
# What area users may see of a count: none of 1 to 7, the rest to the nearest 5, or 10 of what hangs together.
ALONE = {0: 0, 1: None, 5: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 1_002: 1_000, 1_003: 1_005}
TOGETHER = {0: 0, 1: None, 5: None, 7: None, 8: 10, 14: 10, 15: 20, 24: 20, 1_004: 1_000, 1_005: 1_010}
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


def _read(name: str) -> SqlFile:
    return SqlFile.read(FILES[name], ("title", "counts"), ("related", "within"))


def _counts(name: str) -> list[str]:
    return [each.strip() for each in _read(name).header["counts"].split(",")]


def _written(folder: Path, name: str, patients: list[int]) -> pl.DataFrame:
    """The report as an area user gets it, of one step of one practice for each number of patients."""
    rows = [("social_prescribing", f"A{place:05}", place, "Alive", each) for place, each in enumerate(patients, 1)]
    write_area(folder, "run", pl.DataFrame(rows, schema=STEPS, orient="row"), None)
    return pl.read_parquet(folder / "area" / f"{name}.parquet")


def _own(tmp_path: Path, header: str, sql: str, patients: list[int]) -> pl.DataFrame:
    """A report of the area's own, of the steps of one practice."""
    (tmp_path / "sql" / "reports").mkdir(parents=True)
    (tmp_path / "sql" / "reports" / "mine.sql").write_text(f"{header}\n{sql}\n")
    rows = [("p", "A00001", place, f"Step {place}", each) for place, each in enumerate(patients, 1)]
    write_area(tmp_path / "out", "run", pl.DataFrame(rows, schema=STEPS, orient="row"), tmp_path)
    return pl.read_parquet(tmp_path / "out" / "area" / "mine.parquet")


@every_report
def test_the_header_names_the_counts(name: str, tmp_path: Path) -> None:
    frame = _written(tmp_path, name, [20, 30])
    assert frame.height > 0
    assert {*_counts(name)} <= {*frame.columns}
    numbers = {column for column, kind in frame.schema.items() if kind.is_numeric()}
    assert numbers == {*_counts(name), *(NO_COUNT & numbers)}, "a number that is not suppressed would leave exact"


@every_report
@pytest.mark.parametrize("patients", sorted({*ALONE} & {*TOGETHER}))
def test_a_count_comes_out_suppressed(name: str, patients: int, tmp_path: Path) -> None:
    frame = _written(tmp_path, name, [patients])
    assert frame.height > 0
    for column in _counts(name):
        assert {*frame[column]} == {(TOGETHER if _read(name).header.get("related") else ALONE)[patients]}


@every_report
def test_no_small_number_is_left_among_others(name: str, tmp_path: Path) -> None:
    frame = _written(tmp_path, name, [*ALONE, *TOGETHER])
    for column in _counts(name):
        left = frame[column].drop_nulls()
        assert ((left == 0) | (left > 7)).all()
        assert (left % 5 == 0).all()


@every_report
def test_no_patient_is_in_it(name: str, tmp_path: Path) -> None:
    assert "patient_id" not in _written(tmp_path, name, [20]).columns
    assert "patient_id" not in _read(name).sql


@every_report
def test_steps_of_one_practice_do_not_tell_of_a_few_who_dropped_out(name: str, tmp_path: Path) -> None:
    rows = [
        (programme, ods, place, f"Step {place}", patients)
        for programme, ods in (("p", "A00001"), ("p", "A00002"), ("q", "A00001"))
        for place, patients in enumerate((1_003, 1_000, 990, 12, 9, 2, 0), 1)
    ]
    write_area(tmp_path, "run", pl.DataFrame(rows, schema=STEPS, orient="row"), None)
    frame = pl.read_parquet(tmp_path / "area" / f"{name}.parquet")
    for _, of_practice in frame.group_by("programme", "practice_id"):
        for column in _counts(name):
            assert of_practice[column].to_list() == [1_000, 1_000, 990, 10, 10, None, None]


TITLED = "-- title: X\n-- counts: patients"
SELECT = "SELECT practice_id, step, place, patients FROM steps"


def test_a_report_that_says_nothing_of_related_counts_is_suppressed_cell_by_cell(tmp_path: Path) -> None:
    frame = _own(tmp_path, TITLED, SELECT, [20, 13, 7, 0])
    assert frame["patients"].to_list() == [20, 15, None, 0]


def test_a_report_of_parts_hides_what_a_hidden_part_would_follow_from(tmp_path: Path) -> None:
    frame = _own(tmp_path, f"{TITLED}\n-- related: parts\n-- within: practice_id", SELECT, [40, 13, 7, 0])
    assert frame["patients"].to_list() == [40, None, None, 0]


MISTAKEN = {
    "counts that are no columns": ("-- title: X\n-- counts: patient", SELECT, r"counts:' names patient, which"),
    "related in a way nobody knows": (f"{TITLED}\n-- related: step", SELECT, r"says 'step'; it may say alone, nested"),
    "within what is no column": (f"{TITLED}\n-- related: parts\n-- within: ods", SELECT, r"within:' names ods, which"),
    "within a count": (f"{TITLED}\n-- related: parts\n-- within: patients", SELECT, r"patients, which is a count"),
    "within, of unrelated counts": (
        f"{TITLED}\n-- within: practice_id",
        SELECT,
        r"within:' needs '-- related: nested'",
    ),
    "a line that is not known": (f"{TITLED}\n-- relates: steps", SELECT, r"'-- relates:' is not known"),
}


@pytest.mark.parametrize(("header", "sql", "told"), MISTAKEN.values(), ids=MISTAKEN)
def test_a_mistaken_report_is_refused(header: str, sql: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(FileMistakes, match=rf"mine\.sql.*{told}"):
        _own(tmp_path, header, sql, [20, 3])
