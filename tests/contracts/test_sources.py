"""The contract of a source: one SQL file in sql/sources/ that turns an extract format into our tables."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import sqlglot
from polars.testing import assert_frame_equal
from sqlglot import exp

from reachwell import codelists
from reachwell.engine import engine
from reachwell.errors import DeliveryRejected
from reachwell.extract import ROW, UNREADABLE, Tables, extract
from reachwell.manifest import Manifest
from reachwell.plugs import find
from reachwell.source import RawColumn, RawTable, Source
from reachwell.sql_file import split_header
from reachwell.staging import stage
from reachwell.tables import TABLES, columns
from reachwell.validate import Checked, check

FILES = find("sql/sources")
every_source = pytest.mark.parametrize("name", FILES)

# Words that name or find a person, as suppliers call them, in small letters and without any other sign.
IDENTIFYING = {
    "nhsnumber", "nhsno", "nhs", "pseudonhs", "ssn", "chi", "hcn", "passport", "drivers", "driverslicense",
    "name", "fullname", "patientname", "prefix", "title", "first", "firstname", "givenname", "givennames", "forename",
    "forenames", "middle", "middlename", "middlenames", "last", "lastname", "surname", "familyname", "previoussurname",
    "maiden", "suffix", "address", "address1", "address2", "line1", "line2", "street", "housename", "houseno",
    "housenameflatnumber", "houseflatnumber", "numberandstreet", "numberstreet", "village", "town", "city", "zip",
    "zipcode", "postcode", "postalcode", "phone", "telephone", "hometelephone", "hometelephonenumber", "homephone",
    "homephonenumber", "workphone", "mobile", "mobilephone", "mobilephonenumber", "fax", "email", "emailaddress", "lat",
    "latitude", "lon", "long", "longitude", "birthplace", "placeofbirth", "spineregistrationno",
}  # fmt: skip
IDENTIFYING_PART = re.compile(
    r"nhsn|surname|forename|givenname|postcode|zipcode|telephone|mobile|email|address|passport"
)
# Names that are those of no person, and a telephone that is a way to meet.
OF_NO_PERSON = {("native", "medicine", "name"), ("systmone", "SRAppointment", "TelephoneAppointment")}

# What a cell holds, by the column's name; the first that fits. All ids are one, so that every join finds a row.
CELLS = (
    (r"sex|gender.*", "F"),
    (r"year_?of_?birth", "1950"),
    (r"month_?of_?birth", "3"),
    (r".*birth.*|dob", "1950-03-01"),
    (r".*(date|_on|start|stop|day)", "2020-05-05"),
    (r"deleted|.*_?flag|is_?.*|care_home", "false"),
    (r".*id|patient|.*guid|.*concept_id", "1"),
    (r".*code", "38341003"),
    (r".*(value|value_as_number|cost|pence|decile|quantity|number)", "5"),
    (r".*", "text"),
)
# What a format wants otherwise: a word of a closed list, or a code where there seems to be an id.
OWN_CELLS: dict[str, dict[str, str]] = {
    "native": {"practice_id": "A10001", "kind": "gp", "status": "attended", "system": "snomed"},
    "emis": {
        "PatientTypeDescription": "Regular",
        "ODSCode": "A10001",
        "EffectiveDatePrecision": "YMD",
        "ConsultationSourceTerm": "GP Surgery",
        "SnomedCTConceptId": "38341003",
        "DmdProductCodeId": "1",
    },
    "systmone": {
        "IDOrganisationVisibleTo": "A10001",
        "IDOrganisation": "A10001",
        "RegistrationStatus": "GMS",
        "AppointmentStatus": "Finished",
        "ContactMethod": "Face to face",
        "SNOMEDPrimaryDiagnosis": "195967001",
        "ClinicalEvent": "true",
    },
    "omop": {"vocabulary_id": "SNOMED", "value_as_string": "5"},
    "synthea": {"ENCOUNTERCLASS": "wellness"},
}
FACTS = {
    "practice": "A10001",
    "version": "1",
    "kind": "full",
    "extracted_on": date(2026, 11, 21),
    "covers_from": date(2010, 1, 1),
    "key_id": "none",
    "national_data_opt_out": "not_required",
    "legal_basis": "invented people",
    "invented": True,
}
Files = dict[str, list[str]]


@dataclass(frozen=True)
class Sender:
    """Invents deliveries of one format, one row a file, and extracts them."""

    source: Source
    folder: Path

    @property
    def manifest(self) -> Manifest:
        """The manifest of every delivery."""
        return Manifest.model_validate({**FACTS, "format": self.source.name})

    def files(self, needed_only: bool = False) -> Files:
        """The files of the format with their columns: all of them, or only what it cannot do without."""
        return {
            raw.name: [column.name for column in raw.columns if not (column.optional and needed_only)]
            for raw in self.source.reads
            if not (raw.optional and needed_only)
        }

    def cell(self, column: str) -> str:
        """What a column holds."""
        if own := OWN_CELLS.get(self.source.name, {}).get(column):
            return own
        kinds = {name: each.kind for raw in self.source.reads for each in raw.columns for name in each.names}
        if kinds.get(column) == "flag":
            return "false"
        fits = (text for pattern, text in CELLS if re.fullmatch(pattern, column, re.IGNORECASE))
        if kinds.get(column) == "date":
            day = date(1950, 3, 1) if "birth" in column.lower() else date(2020, 5, 5)
            return f"{day:{self.source.dates[0] if self.source.dates else '%Y-%m-%d'}}"
        return next(fits)

    def frame(self, names: Iterable[str]) -> pl.DataFrame:
        """One file's row, as text."""
        return pl.DataFrame({name: [self.cell(name)] for name in names})

    def extracted(
        self,
        files: Files,
        write: Callable[[pl.DataFrame, Path], object] = lambda frame, stem: frame.write_csv(f"{stem}.csv"),
        renamed: Callable[[str], str] = str,
    ) -> Tables:
        """What comes out of a delivery with these files."""
        delivery, staging = (self.folder / f"{len(list(self.folder.iterdir()))}{name}" for name in ("", "-staged"))
        delivery.mkdir()
        staging.mkdir()
        for name, names in files.items():
            write(self.frame(names).rename(renamed), delivery / renamed(self.stem(name)))
        with engine(delivery, staging) as db:
            staged = stage(db, delivery, self.source, staging)
            assert staged.bad == {}
            raw = {table.name: staged.good(table) for table in self.source.reads}
            (tables,) = extract(db, self.source, raw, self.manifest).parts()
        return tables

    def stem(self, table: str) -> str:
        """What a table's file is called, without its ending."""
        return re.sub(r"\*|\{\w+\}", "1", (self.source.files or "{table}").replace("{table}", table))


@pytest.fixture
def sender(name: str, tmp_path: Path) -> Sender:
    return Sender(Source.read(FILES[name]), tmp_path)


def _same(left: Tables, right: Tables) -> None:
    assert left.keys() == right.keys()
    for table in left:
        assert_frame_equal(left[table].drop(ROW), right[table].drop(ROW), check_row_order=False)


def _needed(raw: RawTable) -> list[RawColumn]:
    return [column for column in raw.columns if not column.optional]


@every_source
def test_what_it_reads_is_told_in_full(name: str, sender: Sender) -> None:
    header, _ = split_header(FILES[name].read_text(encoding="utf-8"))
    assert header["title"]
    names = [raw.name.lower() for raw in sender.source.reads]
    assert sorted({*names}) == sorted(names)
    assert all(_needed(raw) for raw in sender.source.reads), "a file without a needed column"


@every_source
def test_each_of_our_tables_has_a_select(name: str, sender: Sender) -> None:
    assert sender.source.selects.keys() >= TABLES.keys()
    read: set[str] = set()
    for select in (*sender.source.shared.values(), *sender.source.selects.values()):
        statement = sqlglot.parse_one(select, read="duckdb")
        own = {cte.alias for cte in statement.find_all(exp.CTE)}
        read |= {table.name for table in statement.find_all(exp.Table)} - own
    assert read - {"drug_tariff", "sensitive_code", "opt_out_code", *sender.source.shared} == {
        raw.name for raw in sender.source.reads
    }


@every_source
def test_no_column_identifies_a_person(name: str, sender: Sender) -> None:
    reads = [(raw.name, name) for raw in sender.source.reads for column in raw.columns for name in column.names]
    plain = {(table, column): re.sub(r"[^a-z0-9]", "", column.lower()) for table, column in reads}
    assert not [
        f"{table}.{column}"
        for (table, column), word in plain.items()
        if (word in IDENTIFYING or IDENTIFYING_PART.search(word)) and (name, table, column) not in OF_NO_PERSON
    ]


@every_source
@pytest.mark.parametrize("needed_only", [False, True], ids=["all columns", "needed columns"])
def test_a_delivery_becomes_our_tables(name: str, needed_only: bool, sender: Sender) -> None:
    extracted = sender.extracted(sender.files(needed_only))
    assert {table: frame.columns for table, frame in extracted.items()} == {
        table: [ROW, *columns(table), UNREADABLE] for table in TABLES
    }
    found = Checked()
    good = check(extracted, sender.manifest, codelists.read_all(), found)
    assert [each for each in found.findings if each.bad] == [], "add what the format wants to OWN_CELLS"
    assert all(frame.height > 0 for frame in good.values())
    assert {*good["patient"]["practice_id"]} == {"A10001"}


@every_source
def test_missing_needed_columns_are_named(name: str, sender: Sender) -> None:
    for raw in sender.source.reads:
        files = sender.files()
        files[raw.name] = ["spare", *[column.name for column in raw.columns if column.optional]]
        with pytest.raises(DeliveryRejected) as rejected:
            sender.extracted(files)
        needed = ", ".join(" or ".join(column.names) for column in _needed(raw))
        assert f"{sender.stem(raw.name)}.csv has no column {needed}." in str(rejected.value)


@every_source
def test_a_missing_needed_file_is_named(name: str, sender: Sender) -> None:
    needed = [raw.name for raw in sender.source.reads if not raw.optional]
    assert needed
    for table in needed:
        files = sender.files()
        del files[table]
        with pytest.raises(DeliveryRejected, match=rf"file \S*{table}\S*\.csv or \S*{table}\S*\.parquet is missing"):
            sender.extracted(files)


@every_source
def test_optional_columns_and_files_may_be_absent(name: str, sender: Sender) -> None:
    schemas = {table: frame.schema for table, frame in sender.extracted(sender.files()).items()}
    for raw in sender.source.reads:
        fewer = {**sender.files(), raw.name: [column.name for column in _needed(raw)]}
        if raw.optional:
            del fewer[raw.name]
        lacking = sender.extracted(fewer)
        assert {table: frame.schema for table, frame in lacking.items()} == schemas
        assert all(frame[UNREADABLE].null_count() == frame.height for frame in lacking.values())


@every_source
def test_more_columns_in_another_order_change_nothing(name: str, sender: Sender) -> None:
    files = sender.files()
    other = {table: ["NewInThisVersion", *reversed(names), "spare"] for table, names in files.items()}
    _same(sender.extracted({**other, "a_file_of_no_use": ["spare"]}), sender.extracted(files))


def _as_typed_parquet(frame: pl.DataFrame, stem: Path) -> None:
    # As a database would export it: days as days and numbers as numbers.
    pl.read_csv(frame.write_csv().encode(), try_parse_dates=True).write_parquet(f"{stem}.parquet")


@every_source
def test_parquet_and_letters_of_any_size_change_nothing(name: str, sender: Sender) -> None:
    files = sender.files()
    as_sent = sender.extracted(files)
    _same(sender.extracted(files, lambda frame, stem: frame.write_parquet(f"{stem}.parquet")), as_sent)
    _same(sender.extracted(files, _as_typed_parquet), as_sent)
    _same(sender.extracted(files, renamed=str.upper), as_sent)
    _same(sender.extracted(files, renamed=str.lower), as_sent)
    _same(sender.extracted(files, lambda frame, stem: frame.write_parquet(f"{stem}.PARQUET"), str.upper), as_sent)


MIRRORED = [name for name, path in FILES.items() if Source.read(path).is_mirrored]


@pytest.mark.parametrize("name", MIRRORED)
def test_a_patients_rows_follow_from_that_patients_own(name: str, sender: Sender) -> None:
    together = _of_patients(sender, "1", "2")
    apart = [_of_patients(sender, who) for who in ("1", "2")]
    for table in TABLES:
        assert together[table].height >= 2, table
        assert_frame_equal(
            together[table].drop(ROW), pl.concat([each[table].drop(ROW) for each in apart]), check_row_order=False
        )


def _of_patients(sender: Sender, *people: str) -> Tables:
    """What a source makes of a row for each patient in each table; reference rows are one row for all."""
    with engine(sender.folder) as db:
        raw = {}
        for table in sender.source.reads:
            own = {table.key, table.patient} if table.patient else set()
            rows = [
                {column.name: who if column.name in own else sender.cell(column.name) for column in table.columns}
                for who in (people if table.patient else people[:1])
            ]
            db.offer(f"sent_{table.name}", pl.DataFrame(rows))
            raw[table.name] = (
                f"SELECT {', '.join(_as_staged(sender, column) for column in table.columns)} FROM sent_{table.name}"
            )
        (tables,) = extract(db, sender.source, raw, sender.manifest).parts()
    return tables


def _as_staged(sender: Sender, column: RawColumn) -> str:
    formats = sender.source.dates or ("%Y-%m-%d",)
    cell = {"flag": f"CAST({column.name} AS BOOLEAN)", "date": f"CAST(strptime({column.name}, '{formats[0]}') AS DATE)"}
    return f"{cell.get(column.kind, column.name)} AS {column.name}"
