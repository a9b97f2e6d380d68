"""Thousands of clean columns with one cell changed to tell who somebody is: the gate finds each, and nothing else.

Not found, and so not tried: a bare NHS number among the row ids of a format; a phone number or postcode without a gap
in a column of codes or ids; a name where practices name their staff, and in code tables; anything but NHS numbers in
tables about organisations and staff.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from random import Random

import nhs_number
import polars as pl
import pytest

from reachwell.engine import Engine, engine
from reachwell.gate import look
from reachwell.gate.columns import Column, column, table_of
from reachwell.gate.files import Texts, files_of
from reachwell.gate.search import search
from reachwell.invent.deliveries import nights, write_night
from reachwell.plugs import find_one
from reachwell.source import Source

# So many of the spellings are tried in each column, drawn anew for each.
EACH = 8
FORMATS = ("emis", "systmone", "native")
ALONE = {"NHS numbers": ["{n}", "{n}.0"], "postcodes": ["SW1A2AA", "M11AE"], "phone numbers": ["07700900123"]}
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
ANYWHERE = {
    "NHS numbers": ["{a} {b} {c}", "{a}-{b}-{c}", "{a}\u00a0{b}\u00a0{c}", "{a}.{b}.{c}", "NHS No {n}", "NHS{n}",
                    "rang about {n} today", "({n})", "{a} {b} {c}, rang",
                    "{a}/{b}/{c}", "{a}_{b}_{c}", "{a}\u2013{b}\u2013{c}", "{a}  {b}  {c}", "{w}", "{w} today",
                    "1234567890 {n}", "x_{n}_x"],
    "postcodes": ["M1 1AE", "lives at SW1A 2AA now", "ec1a 1bb", "GU16  7HF", "M1\u00a01AE", "GIR 0AA"],
    "phone numbers": ["07700 900123", "+44 7700 900123", "(020) 7946 0958", "020 7946 0958", "0044 7700 900 123",
                      "rang 01632 960983, no answer", "+447700900123",
                      "home,07700 900123"],
    "e-mail addresses": ["ann.smith@example.com", "writes to a-b_c@mail.example.org."],
    "names": ["Mrs Smith rang", "lives with husband Derek", "daughter is called Priya", "Margaret Thompson",
              "spoke to Mohammed Khan", "Mr. O’Neill asked", "friend Zoë visits", "SMITH, John",
              "patient is called Ngozi"],
    "addresses": ["12 High Street", "moved to 4a Old Mill Lane"],
    "dates of birth": ["DOB 12/03/1951", "dob: 3 Feb 1951", "born on 1951-02-03", "Date of birth 03.02.51"],
}  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """A file of a clean delivery: what is known of its columns, and their cells."""

    columns: tuple[Column, ...]
    cells: dict[str, list[str | None]]


def deliveries(folder: Path, format_: str) -> Path:
    night = next(nights("B83001", 25, 4, date(2026, 11, 24), 1))
    write_night(folder, format_, "B83001", night, None)
    return next(folder.iterdir())


@pytest.fixture(scope="module", params=FORMATS)
def sent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Source]:
    source = Source.read(find_one("sql/sources", request.param))
    return deliveries(tmp_path_factory.mktemp("sent"), request.param), source


def clean(delivery: Path, source: Source) -> Iterator[Clean]:
    for file in files_of(delivery):
        rows = rows_of(file, source.encoding).head(25)
        if rows.height:
            columns = tuple(column(name, table_of(file, source), source) for name in rows.columns)
            yield Clean(columns, {each.name: rows[each.name].to_list() for each in columns})


def rows_of(file: Path, encoding: str) -> pl.DataFrame:
    if file.suffix == ".parquet":
        return pl.read_parquet(file).cast(pl.String)
    return pl.read_csv(file.read_text(encoding=encoding).encode(), infer_schema=False)


def smuggled(known: Column, random: Random) -> Iterator[tuple[str, str]]:
    """What to hide in a column, in every spelling that can be told from what belongs there: what it is and the cell."""
    digits = random_number(random)
    parts = {"n": digits, "a": digits[:3], "b": digits[3:6], "c": digits[6:], "w": digits.translate(WIDE)}
    for what, spellings in ANYWHERE.items():
        if (known.is_public and what != "NHS numbers") or (what == "names" and not known.may_name):
            continue
        if known.is_directory:
            continue
        yield from ((what, each.format(**parts)) for each in spellings)
    for what, spellings in ALONE.items():
        hidden = known.is_id or (known.is_code and what != "NHS numbers") or known.is_public or known.is_directory
        if not hidden or (known.is_patient and what == "NHS numbers"):
            yield from ((what, each.format(**parts)) for each in spellings)


def random_number(random: Random) -> str:
    """An NHS number of the range for tests, which is no SNOMED code too."""
    while True:
        nine = f"999{random.randrange(10**6):06}"
        check = nhs_number.calculate_checksum(nine)
        if check is not None and int(check) < 10 and nine[7] != "0":
            return f"{nine}{check}"


def looked_at(db: Engine, columns: list[Column], cells: list[list[str | None]]) -> dict[int, set[str]]:
    names = tuple(f"c{place}" for place in range(len(columns)))
    db.offer("mutants", pl.DataFrame(dict(zip(names, cells, strict=True)), schema=dict.fromkeys(names, pl.String)))
    found: dict[int, set[str]] = {}
    for place, what, count in search(db, Texts(Path("mutants"), "mutants", names), columns):
        assert count > 0
        found.setdefault(place, set()).add(what)
    return found


def test_a_clean_delivery_passes(sent: tuple[Path, Source]) -> None:
    assert look(*sent) == ()


def test_whatever_is_smuggled_into_a_column_is_found(sent: tuple[Path, Source]) -> None:
    random, tried = Random(7), 0
    with engine() as db:
        for file in clean(*sent):
            mutants = mutations(file, random)
            while some := list(islice(mutants, 60)):
                found = looked_at(db, [known for known, *_ in some], [cells for _, cells, _, _ in some])
                missed = [(known.table, known.name, what, cell) for place, (known, _, what, cell) in enumerate(some)
                          if not found.get(place, set()) & {what, known.holds}]  # fmt: skip
                assert not missed
                tried += len(some)
    assert tried > {"emis": 1000, "systmone": 600, "native": 150}[sent[1].name]


def mutations(file: Clean, random: Random) -> Iterator[tuple[Column, list[str | None], str, str]]:
    """A column, its cells with one changed, what that is, and the changed cell."""
    for known in file.columns:
        ways = list(smuggled(known, random))
        for what, cell in random.sample(ways, min(EACH, len(ways))):
            cells = list(file.cells[known.name])
            cells[random.randrange(len(cells))] = cell
            yield known, cells, what, cell


@pytest.mark.parametrize("name", ["Nhs_Number", "surname", "GivenName", "first name", "HomePhone", "patient_email",
                                  "Post Code", "address_line_1", "NextOfKin", "passport"])  # fmt: skip
def test_a_column_that_the_format_does_not_know_is_told_by_its_name(sent: tuple[Path, Source], name: str) -> None:
    known = column(name, "Some_Table", sent[1])
    with engine() as db:
        assert looked_at(db, [known], [["abcde", None, "fghij"]]) == {0: {known.holds}}
        assert looked_at(db, [known], [[None, "-1", ""]]) == {}


@pytest.mark.parametrize("name", ["NameOfMedication", "ConsultationSourceTerm", "TelephoneAppointment", "concept_name",
                                  "DateEvent", "AddressType", "EmailConsent"])  # fmt: skip
def test_a_column_of_a_harmless_name_is_not(name: str) -> None:
    assert column(name, "Some_Table", None).holds == ""


@pytest.mark.parametrize(("cell", "is_told"), [
    ("1951-02-03", True), ("03 Feb 1951 00:00:00", True), ("3/2/1951", True), ("1951-02-01", False),
    ("01 Feb 1951", False), ("1951-02", False),
])  # fmt: skip
def test_a_birth_date_is_told_unless_it_is_the_first_of_its_month(cell: str, is_told: bool) -> None:
    known = column("DateOfBirth", "Anything", None)
    with engine() as db:
        assert bool(looked_at(db, [known], [[cell, None]])) is is_told


@pytest.mark.parametrize("names", [["Smith", "Patel", "Jones", "Okonkwo", "Featherstonehaugh"],
                                   ["SMITH", "KHAN", "BEGUM", "TAYLOR"], ["John S", "Mary K", "Peter P"]])  # fmt: skip
def test_a_column_of_names_is_told_whatever_it_is_called(names: list[str]) -> None:
    with engine() as db:
        assert looked_at(db, [column("x", "people", None)], [names * 20]) == {0: {"names"}}
