"""The Drug Tariff's price list: what is taken from it, and what is told of a file that is not one."""

from pathlib import Path

import pytest

from reachwell.codelists import is_snomed
from reachwell.drug_tariff import NONE, SCHEMA, read
from reachwell.errors import FileMistakes, UsageError

TITLE = "Drug Tariff Part VIIIA\r\n,,,,,,\r\n"
HEADER = "Medicine,Pack size,,VMP Snomed Code,VMPP Snomed Code,Drug Tariff Category,Basic Price\r\n"
PRODUCT, PACK = "42267511000001104", "994511000001109"
LINE = f"Acamprosate 333mg gastro-resistant tablets,168,tablet,{PRODUCT},{PACK},Part VIIIA Category M,2172\r\n"


def tariff(folder: Path, text: str) -> Path:
    """A file as it is published: Latin-1, lines ended as Windows ends them."""
    path = folder / "Part VIIIA Nov 26 updated.csv"
    path.write_bytes(text.encode("latin-1"))
    return path


def told(folder: Path, text: str) -> list[str]:
    """The mistakes told of a file."""
    with pytest.raises(FileMistakes) as found:
        read(tariff(folder, text))
    return found.value.mistakes


def test_the_codes_of_these_tests_are_codes() -> None:
    assert is_snomed(PRODUCT)
    assert is_snomed(PACK)


def test_a_pack_is_there_by_its_own_code_and_by_its_products(tmp_path: Path) -> None:
    frame = read(tariff(tmp_path, TITLE + HEADER + LINE))
    assert dict(frame.schema) == SCHEMA
    assert frame.rows() == [(PACK, 168.0, "tablet", 2172.0), (PRODUCT, 168.0, "tablet", 2172.0)]


def test_a_product_has_all_its_packs(tmp_path: Path) -> None:
    other = LINE.replace(PACK, "994411000001105").replace(",168,", ",7.5,").replace("2172", "90.5")
    assert is_snomed("994411000001105")
    frame = read(tariff(tmp_path, TITLE + HEADER + LINE + other))
    assert frame.filter(code=PRODUCT).rows() == [
        (PRODUCT, 168.0, "tablet", 2172.0),
        (PRODUCT, 7.5, "tablet", 90.5),
    ]


@pytest.mark.parametrize(("cell", "unit"), [("ml", "ml"), (" Tablet ", "tablet"), ("", None), (" ", None)])
def test_the_unit_stands_behind_the_pack_size(tmp_path: Path, cell: str, unit: str | None) -> None:
    for name in ("", "Unit of Measure"):
        header = HEADER.replace("Pack size,,", f"Pack size,{name},")
        frame = read(tariff(tmp_path, TITLE + header + LINE.replace(",tablet,", f",{cell},")))
        assert frame["unit"].to_list() == [unit, unit]


def test_letters_beyond_ascii_blank_lines_and_other_columns_do_no_harm(tmp_path: Path) -> None:
    header = "Note,medicine,PACK SIZE,,VMP Snomed Code ,VMPP Snomed Code,Drug Tariff Category,Basic price\r\n"
    text = TITLE + header + f",,,,,,,\r\n'Café 5%','Café',168,tablet, {PRODUCT},{PACK},Category A,2172\r\n\r\n"
    assert read(tariff(tmp_path, text)).rows() == [(PACK, 168.0, "tablet", 2172.0), (PRODUCT, 168.0, "tablet", 2172.0)]


def test_a_line_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    assert read(tariff(tmp_path, TITLE + HEADER + LINE + LINE)).height == 2


@pytest.mark.parametrize("spoilt", ["9.94511E+14", "994511000000000", "", "994511000001109.0"])
def test_codes_that_a_spreadsheet_spoilt_are_told(tmp_path: Path, spoilt: str) -> None:
    (mistake,) = told(tmp_path, TITLE + HEADER + LINE + LINE.replace(PACK, spoilt))
    assert mistake.startswith("line 5: VMPP Snomed Code is no dm+d code")
    (mistake,) = told(tmp_path, TITLE + HEADER + LINE.replace(PRODUCT, spoilt))
    assert mistake.startswith("line 4: VMP Snomed Code is no dm+d code")


@pytest.mark.parametrize("price", ["", "£21.72", "1,000", "-1", "nan", "inf"])
def test_a_price_that_is_no_number_is_told(tmp_path: Path, price: str) -> None:
    line = LINE.replace("2172", f'"{price}"')
    assert told(tmp_path, TITLE + HEADER + line) == ["line 4: Basic Price is no number of pence"]


@pytest.mark.parametrize("size", ["", "0", "-28", "a few"])
def test_a_pack_size_that_is_no_number_is_told(tmp_path: Path, size: str) -> None:
    line = LINE.replace(",168,", f",{size},")
    assert told(tmp_path, TITLE + HEADER + line) == ["line 4: Pack size is no number above 0"]


def test_what_is_wrong_in_thousands_of_lines_is_told_once(tmp_path: Path) -> None:
    (mistake,) = told(tmp_path, TITLE + HEADER + 1201 * LINE.replace("2172", "?"))
    assert mistake == "line 4 and 1,200 more: Basic Price is no number of pence"


def test_a_line_that_was_cut_off_is_told(tmp_path: Path) -> None:
    assert told(tmp_path, TITLE + HEADER + LINE + LINE.removesuffix(",2172\r\n")) == [
        "line 5: Basic Price is no number of pence"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        TITLE,
        TITLE + HEADER,
        TITLE + HEADER.replace("VMPP Snomed Code", "Code") + LINE,
        HEADER.replace("Basic Price", "Price") + LINE,
        HEADER.replace("Pack size,,", "Pack size,") + LINE.replace(",tablet,", ","),
        "VMP Snomed Code,VMPP Snomed Code,Basic Price,Pack size\r\n" + f"{PRODUCT},{PACK},2172,168\r\n",
        "PK\x03\x04\x00\x00 a spreadsheet",
        'an open quote "' + "x" * 200_000,
    ],
    ids=[
        "empty",
        "titles only",
        "no rows",
        "no pack code",
        "no price",
        "no unit",
        "nothing behind the size",
        "a workbook",
        "no table",
    ],
)
def test_a_file_that_is_no_price_list_is_told(tmp_path: Path, text: str) -> None:
    (mistake,) = told(tmp_path, text)
    assert "Pack size, VMP Snomed Code, VMPP Snomed Code and Basic Price, with the unit behind" in mistake


def test_a_file_that_is_not_there_is_told_with_its_place(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read(path)


def test_an_area_without_prices_has_an_empty_list() -> None:
    assert NONE.is_empty()
    assert dict(NONE.schema) == SCHEMA
