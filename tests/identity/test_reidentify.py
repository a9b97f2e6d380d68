"""A list turned back into NHS numbers in the practice: the right ones, in every format, and nobody else's."""

import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from reachwell.errors import UsageError
from reachwell.identity.key import Key
from reachwell.identity.patient_map import About, Person, changing
from reachwell.identity.pseudonym import of_nhs_number, of_system_id
from reachwell.identity.reidentify import reidentify
from tests.identity.surgery import NUMBERS

KEY, PRACTICE = Key(bytes(32)), "A81001"
PEOPLE = {number: of_nhs_number(KEY, number) for number in NUMBERS[:4]}
BABY = of_system_id(KEY, "baby")
PSEUDONYMS = [*PEOPLE.values()]
LIST = pl.DataFrame(
    {
        "rank": [1, 2, 3, 4],
        "practice_id": [PRACTICE] * 4,
        "patient_id": [PSEUDONYMS[2], BABY, PSEUDONYMS[0], PSEUDONYMS[2]],
        "reasons": [["Lives alone", "3 contacts, since"], [], ["=HYPERLINK(1)"], ["+44", "-1", "@A1"]],
        "code": ["871731000000106"] * 4,
    }
)
WANTED = [NUMBERS[2], None, NUMBERS[0], NUMBERS[2]]
formats = pytest.mark.parametrize("ending", [".parquet", ".csv", ".xlsx"])


@pytest.fixture
def practice_map(tmp_path: Path) -> Path:
    file = tmp_path / "practice.map"
    people = [*(Person(f"id {number}", number, made) for number, made in PEOPLE.items()), Person("baby", None, BABY)]
    with changing(file) as known:
        known.replace(About(PRACTICE, KEY.id, "emis"), {each.system_id: each for each in people})
    return file


def written(rows: pl.DataFrame, file: Path) -> Path:
    flat = rows.with_columns(pl.col("reasons").list.join("; ")) if "reasons" in rows.columns else rows
    writers: dict[str, Callable[[], object]] = {
        ".parquet": lambda: rows.write_parquet(file),
        ".csv": lambda: flat.write_csv(file),
        ".xlsx": lambda: flat.write_excel(file),
    }
    writers[file.suffix]()
    return file


def read(file: Path) -> pl.DataFrame:
    if file.suffix == ".parquet":
        return pl.read_parquet(file)
    return (
        pl.read_csv(file, infer_schema=False) if file.suffix == ".csv" else pl.read_excel(file, infer_schema_length=0)
    )


@formats
def test_every_row_gets_its_number_in_front(ending: str, tmp_path: Path, practice_map: Path) -> None:
    for source in (".parquet", ".csv", ".xlsx"):
        out = tmp_path / f"out-of{source}{ending}"
        done = reidentify(written(LIST, tmp_path / f"list{source}"), practice_map, out)
        assert (done.rows, done.without_number) == (4, 1)
        found = read(out)
        assert found.columns == ["nhs_number", *LIST.columns]
        assert found["nhs_number"].to_list() == WANTED
        assert found["nhs_number"].dtype == pl.String
        assert found["patient_id"].to_list() == LIST["patient_id"].to_list()
        assert found["code"].to_list() == LIST["code"].to_list()
        assert out.stat().st_mode & 0o777 == 0o600 or os.name != "posix"


@formats
def test_reasons_are_joined_and_no_cell_becomes_a_formula(ending: str, tmp_path: Path, practice_map: Path) -> None:
    out = tmp_path / f"out{ending}"
    reidentify(written(LIST, tmp_path / "list.parquet"), practice_map, out)
    if ending == ".parquet":
        assert read(out)["reasons"].to_list() == LIST["reasons"].to_list()
        return
    told = ["Lives alone; 3 contacts, since", None, "=HYPERLINK(1)", "+44; -1; @A1"]
    assert [each or None for each in read(out)["reasons"]] == told
    if ending == ".xlsx":
        import zipfile

        with zipfile.ZipFile(out) as book:
            sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        # A number would lose what Excel does not show; text keeps all ten digits.
        assert NUMBERS[0] not in sheet


@formats
def test_numbers_alone_are_each_there_once(ending: str, tmp_path: Path, practice_map: Path) -> None:
    out = tmp_path / f"numbers{ending}"
    done = reidentify(written(LIST, tmp_path / "list.csv"), practice_map, out, numbers_only=True)
    assert read(out).to_dict(as_series=False) == {"nhs_number": [NUMBERS[2], NUMBERS[0]]}
    assert (done.rows, done.without_number) == (2, 1)


def test_pseudonyms_may_be_written_as_people_write_them(tmp_path: Path, practice_map: Path) -> None:
    one = PSEUDONYMS[1]
    rows = pl.DataFrame({"patient_id": [one.lower(), f" {one[:4]} {one[4:8]} {one[8:]} ", f"{one[:6]}-{one[6:]}"]})
    reidentify(written(rows, tmp_path / "list.csv"), practice_map, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")["nhs_number"].to_list() == [NUMBERS[1]] * 3


def test_a_list_saved_by_excel_as_csv_is_read(tmp_path: Path, practice_map: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(f"\ufeffpatient_id,note\r\n{PSEUDONYMS[1]},Zoë\r\n".encode())
    reidentify(file, practice_map, tmp_path / "out.csv")
    assert read(tmp_path / "out.csv")["nhs_number"].to_list() == [NUMBERS[1]]


OTHER = of_nhs_number(Key(bytes([1] * 32)), NUMBERS[0])
MISTYPED = PSEUDONYMS[0][:-1] + next(each for each in "23" if each != PSEUDONYMS[0][-1])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (LIST.with_columns(practice_id=pl.lit("B83001")), "is of practice B83001, and map .* is of A81001"),
        (LIST.rename({"patient_id": "patient"}), "has no column patient_id"),
        (LIST.head(0), "lists nobody"),
        (LIST.with_columns(nhs_number=pl.lit("")), "has a column nhs_number already"),
        (pl.DataFrame({"patient_id": [OTHER, OTHER]}), "none of its pseudonyms is in the map"),
        (pl.DataFrame({"patient_id": [OTHER, BABY]}), "1 of its pseudonyms are not in the map, which is older"),
        (pl.DataFrame({"patient_id": [MISTYPED, BABY]}), "1 pseudonyms are not whole or were mistyped"),
        (pl.DataFrame({"rank": [1, 2], "patient_id": [None, BABY]}), "1 pseudonyms are not whole"),
    ],
)
@formats
def test_a_list_that_does_not_fit_is_refused(
    rows: pl.DataFrame, told: str, ending: str, tmp_path: Path, practice_map: Path
) -> None:
    file = written(rows, tmp_path / f"list{ending}")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match=told) as refused:
        reidentify(file, practice_map, tmp_path / "out.csv")
    assert sorted(tmp_path.iterdir()) == before
    assert not [each for each in (*PSEUDONYMS, *NUMBERS, OTHER, MISTYPED) if each in str(refused.value)]


@pytest.mark.parametrize(
    ("list_", "out", "told"),
    [
        ("list.csv", "list.csv", "is there already"),
        ("list.csv", "out.pdf", "ends in none of .parquet, .csv, .xlsx"),
        ("list.pdf", "out.csv", "ends in none of"),
        ("none.csv", "out.csv", "is not there"),
        ("broken.xlsx", "out.csv", "cannot be read as xlsx"),
        ("broken.parquet", "out.csv", "cannot be read as parquet"),
        ("empty.csv", "out.csv", "cannot be read as csv|lists nobody"),
    ],
)
def test_files_that_are_wrong_are_told(list_: str, out: str, told: str, tmp_path: Path, practice_map: Path) -> None:
    written(LIST, tmp_path / "list.csv")
    (tmp_path / "list.pdf").write_bytes(b"%PDF")
    for name, content in (("broken.xlsx", b"hello"), ("broken.parquet", b"hello"), ("empty.csv", b"")):
        (tmp_path / name).write_bytes(content)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(UsageError, match=told):
        reidentify(tmp_path / list_, practice_map, tmp_path / out)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_map_that_is_wrong_is_told(tmp_path: Path, practice_map: Path) -> None:
    file = written(LIST, tmp_path / "list.csv")
    with pytest.raises(UsageError, match="is not there"):
        reidentify(file, tmp_path / "no.map", tmp_path / "out.csv")
    # What a killed first run leaves.
    practice_map.write_bytes(b"")
    with pytest.raises(UsageError, match="is no map of reachwell"):
        reidentify(file, practice_map, tmp_path / "out.csv")
