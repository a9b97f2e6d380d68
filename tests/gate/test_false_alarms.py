"""What looks like an identifier and is none: codes, ids, quantities, dates, and real sets' clinical columns."""

import os
from pathlib import Path
from random import Random

import polars as pl
import pytest

from reachwell import codelists
from reachwell.engine import engine
from reachwell.gate import look
from reachwell.gate.columns import column
from reachwell.gate.files import Texts
from reachwell.gate.search import search
from reachwell.plugs import find_one
from reachwell.source import Source

SETS = Path(os.environ.get("REACHWELL_DATA", Path(__file__).parents[3] / "shared" / "data"))
# What of a set tells who somebody is: an invented person's names, addresses, numbers and birth dates.
IDENTIFYING = {"patients", "payer_transitions", "devices", "person", "device_exposure"}
HARMLESS = [
    "105529008", "871731000000106", "419371000000105", "28 tablet", "2 x 28", "1 inhaler", "145/92", "mmol/mol",
    "F45-1", "H33zz", "B33zz", "N245A", "XaZ89", "9Nu0.", "44261-6", "2026-11-21", "05 Jan 2019 14:03:00",
    "01-02-2003 04:05", "21/11/2026 09:15", "00093310109", "12.3456789012", "-1", "0.0", "1234567890123456",
    "Vitamin B12 5mg tablets", "L5 1st", "S1 2nd", "Amoxicillin 500mg capsules", "GP Surgery", "Face to face",
    "Feeling lonely (finding)", "Parkinson's disease", "Encounter for check up (procedure)", "3 months", "T1 1AB",
    "9b3f2c4e-0000-4000-8000-123456789012", "Mother", "son", "5 1234", "07", "1e10", "4.505577104e9",
    "Simon Broome criteria", "Marie Curie nurse", "mother Diabetes mellitus", "Father: Ischaemic heart disease",
    "Paul Bunnell test", "Charles Bonnet syndrome", "Down's syndrome", "Vitamin B12 1BD", "thiamine B1 2tds",
    "01712345-6789-4000-8000-123456789012", "A0123456-7012-3456-8901-123456789012", "BP 145/092/2026 x", "12 Lead ECG",
    "born at 38 weeks", "birth weight 3200 g", "Walk in the Park", "2 Way Review", "120 over 80", "Ménière's disease",
    "0117 is no number", "0.123456789", "£12.50", "Grace score", "Dr", "Read code 0123", "2026/11/21 10:30",
]  # fmt: skip


def found_in(name: str, cells: list[str], known: str = "anything") -> list[tuple[int, str, int]]:
    frame = pl.DataFrame({"c0": cells})
    with engine() as db:
        db.offer("cells", frame)
        return list(search(db, Texts(Path(name), "cells", (known,)), [column(known, name, None)]))


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_belongs_into_a_record_passes(cell: str) -> None:
    assert found_in("observation", [cell, cell]) == []


def test_every_code_and_every_term_of_the_lists_passes() -> None:
    lists = codelists.read_all()
    assert found_in("event", lists["code"].to_list(), "code") == []
    assert found_in("event", lists["term"].to_list(), "term") == []


def test_row_ids_of_ten_digits_pass_and_a_column_of_nhs_numbers_does_not() -> None:
    ids = [str(4_000_000_000 + number) for number in Random(3).sample(range(10**9), 5000)]
    assert found_in("table", ids, "RowIdentifier") == found_in("table", ids, "anything") == []
    numbers = [each for each in ids if sum((10 - place) * int(digit) for place, digit in enumerate(each)) % 11 == 0]
    assert len(numbers) > 300
    for known in ("RowIdentifier", "anything", "patient_id"):
        assert found_in("table", numbers, known) == [(0, "NHS numbers", len(numbers))]
    assert found_in("table", numbers[:6], "patient_id") == [(0, "NHS numbers", 6)]


def test_one_nhs_number_among_row_ids_is_told_where_the_others_are_no_numbers() -> None:
    guids = [f"{number:08x}-0000-4000-8000-123456789abc" for number in range(50)]
    assert found_in("table", [*guids, "9990000069"], "RowGuid") == [(0, "NHS numbers", 1)]
    ids = [str(number) for number in Random(4).sample(range(10**8, 10**9), 50)]
    assert found_in("table", [*ids, "9990000069"], "RowGuid") == []


def test_a_column_of_colours_or_places_is_no_column_of_surnames() -> None:
    words = ["White", "Black", "Green", "Mixed", "Other", "Ward", "Hall", "Lincoln", "Preston", "Washington", "Hill"]
    assert found_in("table", words * 3) == []


def test_numbers_that_count_on_from_nine_digits_to_ten_pass_as_ids() -> None:
    assert found_in("table", [str(10**9 + number) for number in range(-5000, 50)], "IDEvent") == []


@pytest.mark.parametrize(("name", "format_"), [("synthea-nguyen", "synthea"), ("synthea-burrows99", "synthea"),
                                               ("omop-synthea27nj", "omop")])  # fmt: skip
def test_the_clinical_columns_of_a_sample_set_pass(name: str, format_: str) -> None:
    if not (SETS / name).is_dir():
        pytest.skip(f"{name} is not on this machine")
    found = look(SETS / name, Source.read(find_one("sql/sources", format_)))
    assert {each.table for each in found} & {"patients", "person"}
    others = [each for each in found if each.table not in IDENTIFYING]
    # Synthea asks its patients where they live: these answers are addresses, and are found.
    assert {(each.table, each.column) for each in others} <= {("observations", "VALUE")}
