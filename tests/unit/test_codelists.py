"""Which texts are SNOMED CT codes, and what a code list may hold."""

from pathlib import Path

import pytest

from reachwell.codelists import SCHEMA, is_snomed, read, read_all
from reachwell.errors import FileMistakes


@pytest.mark.parametrize(
    "code",
    [
        "100005",
        "267076002",
        "44054006",
        "871731000000106",
        "1091811000000102",
        # The specification's own examples of each length.
        "999999990989121104",
    ],
)
def test_a_code_ends_with_its_check_digit(code: str) -> None:
    assert is_snomed(code)
    # The check digit finds every other last digit, and any two neighbours that changed places.
    assert not any(is_snomed(code[:-1] + digit) for digit in "0123456789" if digit != code[-1])
    for place in range(1, len(code) - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or not is_snomed(swapped)


@pytest.mark.parametrize(
    "text",
    [
        "", "0", "12345", "02670760021", "26707600", "8.71731E+14", "871731000000000", "267076002 ", "-267076002",
        "267076002.0", "２６７０７６００２", "²67076002", "abcdefghi", "9" * 19,
    ],
)  # fmt: skip
def test_anything_else_is_no_code(text: str) -> None:
    assert not is_snomed(text)


def listed(folder: Path, text: str, name: str = "mine") -> Path:
    path = folder / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_list_is_read_as_text_with_its_bounds_as_numbers(tmp_path: Path) -> None:
    text = "code,system,term,category,lowest,highest\n0123,local, A score ,,0,27\n267076002,snomed,Lonely,need,,\n"
    frame = read(listed(tmp_path, text))
    assert dict(frame.schema) == SCHEMA
    assert frame.rows() == [
        ("mine", "0123", "local", "A score", None, 0.0, 27.0),
        ("mine", "267076002", "snomed", "Lonely", "need", None, None),
    ]


def test_a_list_of_three_columns_will_do(tmp_path: Path) -> None:
    (row,) = read(listed(tmp_path, "\ufeffcode,system,term\n267076002,snomed,Lonely\n")).rows()
    assert row == ("mine", "267076002", "snomed", "Lonely", None, None, None)


def test_every_mistake_of_a_list_is_told_with_its_line(tmp_path: Path) -> None:
    rows = ["267076003,snomed,Lonely,", "1,icd10,A,", ",local,B,", "2,local,,", "3,local,C,few", "3,local,C,"]
    text = "\n".join(["code,system,term,lowest", *rows]) + "\n"
    with pytest.raises(FileMistakes) as told:
        read(listed(tmp_path, text))
    found = told.value.mistakes
    assert [mistake.split(":")[0] for mistake in found] == [f"line {line}" for line in range(2, 8)]
    for mistake, words in zip(
        found,
        ["its check digit does not fit", "system 'icd10' is none of", "empty", "empty", "lowest is not", "there twice"],
        strict=True,
    ):
        assert words in mistake


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("code,term\n1,A\n", "has no column system"),
        ("code,system,term,note\n1,local,A,B\n", "column note is not known"),
        ("", "has no column code"),
    ],
)
def test_a_list_has_the_columns_it_should(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FileMistakes, match=words):
        read(listed(tmp_path, text))


@pytest.mark.parametrize("row", ["267076002,snomed", "267076002,snomed,Lonely,need,much"])
def test_a_line_of_another_length_is_a_mistake(tmp_path: Path, row: str) -> None:
    with pytest.raises(FileMistakes, match="line 2"):
        read(listed(tmp_path, f"code,system,term\n{row}\n"))


def test_a_list_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes("code,system,term\n1,local,Zoë\n".encode("cp1252"))
    with pytest.raises(FileMistakes, match="is not CSV in UTF-8"):
        read(path)


def test_an_areas_list_stands_in_place_of_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "sql" / "codelists"
    folder.mkdir(parents=True)
    listed(folder, "code,system,term\n267076002,snomed,Lonely\n", "pam")
    listed(folder, "code,system,term\n267076002,snomed,Lonely\n", "mine")
    shipped, own = read_all(), read_all(tmp_path)
    assert own.filter(list="pam")["code"].to_list() == ["267076002"]
    assert own.filter(list="mine").height == 1
    others = [name for name in shipped["list"].unique() if name != "pam"]
    assert own.filter(own["list"].is_in(others)).rows() == shipped.filter(shipped["list"].is_in(others)).rows()
