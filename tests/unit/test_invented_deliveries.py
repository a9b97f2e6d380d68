"""Invented deliveries: as suppliers write them, the same row by row each night, and read back as what was invented."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from reachwell import lake, manifest
from reachwell.area import Settings
from reachwell.chain import Received
from reachwell.cli import app
from reachwell.engine import engine
from reachwell.errors import UsageError
from reachwell.invent.deliveries import nights, write_deliveries, write_night
from reachwell.invent.drug_tariff_file import write_drug_tariff
from reachwell.invent.formats.changes import changes
from reachwell.invent.formats.emis import emis
from reachwell.invent.formats.emis.layout import VERSIONS, as_of
from reachwell.invent.formats.pieces import Night
from reachwell.invent.formats.supplier import RawTables, Supplier
from reachwell.invent.formats.systmone import systmone
from reachwell.invent.losses import with_losses
from reachwell.load import load_full
from reachwell.place import Place
from reachwell.tables import TABLES
from reachwell.validate import Checked

ODS, LAST = "B83001", date(2026, 11, 20)
# In the second night of these three a patient goes.
SEED = 1
SUPPLIERS = {"emis": emis(), "systmone": systmone()}
GUID = "[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}"
FILES = {"emis": rf"\d+_[A-Za-z]+_[A-Za-z]+_2026\d{{4}}\d{{6}}_{GUID}\.csv", "systmone": r"SR[A-Za-z0-9]+\.csv"}
# What says who somebody is.
NAMING = [
    "Title",
    "GivenName",
    "MiddleNames",
    "Surname",
    "NhsNumber",
    "PatientNumber",
    "HouseNameFlatNumber",
    "NumberAndStreet",
    "Village",
    "Town",
    "County",
    "Postcode",
    "NHSNumberStatus",
    "CarerName",
    "EmailAddress",
    "HomePhone",
    "MobilePhone",
    "ExternalUsualGP",
    "FirstName",
    "PreviousSurname",
    "NHSNumber",
    "BirthPlace",
    "TextualEventDoneBy",
    "BookingContactNumber",
    "AssociatedText",
]
FACTS = {
    "patient": ["patient_id", "sex", "birth_month", "registered_on", "deregistered_on", "died_on"],
    "event": ["patient_id", "code", "system", "on_date", "recorded_on", "value", "unit"],
    "contact": ["patient_id", "on_date", "status"],
    "medicine": ["patient_id", "on_date", "name"],
}


@dataclass(frozen=True)
class Sent:
    """Three nights of a practice: a full extract, two deltas, and beside them a full extract of the last day."""

    supplier: Supplier
    nights: list[Night]
    deliveries: list[Path]
    whole: Path

    def read(self, delivery: Path) -> RawTables:
        on = manifest.read(delivery).extracted_on
        files = {table: delivery / self.supplier.file_name(table, ODS, on) for table in self.supplier.layout}
        encoding = {"encoding": self.supplier.encoding} if self.supplier.encoding != "utf-8" else {}
        return {table: pl.read_csv(file, infer_schema=False, **encoding) for table, file in files.items()}


@pytest.fixture(scope="module", params=SUPPLIERS)
def sent(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sent:
    folder, format_ = tmp_path_factory.mktemp("sent"), request.param
    each = list(nights(ODS, 300, SEED, LAST, 3))
    deliveries = [
        write_night(folder, format_, ODS, night, before) for night, before in zip(each, [None, *each], strict=False)
    ]
    return Sent(SUPPLIERS[format_], each, deliveries, write_night(folder / "whole", format_, ODS, each[-1], None))


@pytest.fixture(scope="module")
def taken(sent: Sent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checked, RawTables]]:
    """What reachwell makes of the full extract of the last day."""
    folder = tmp_path_factory.mktemp("taken")
    write_drug_tariff(folder / "drug_tariff.csv")
    place = Place(None, folder / "lake", folder / "mirror", None, folder, 0.005, 0.5, folder / "drug_tariff.csv",
                  erases_opted_out=False)  # fmt: skip
    checked = Checked()
    snapshot = load_full(place, Received(sent.whole, manifest.read(sent.whole), "whole"), None, checked)
    with engine(snapshot.path) as db:
        yield checked, {name: db.frame(lake.rows_of([snapshot.path], name)) for name in TABLES}


def test_files_are_written_as_the_supplier_writes_them(sent: Sent) -> None:
    for delivery in sent.deliveries:
        files = [file for file in delivery.iterdir() if file.name != manifest.MANIFEST_FILE]
        assert len(files) == len(sent.supplier.layout)
        for file in files:
            assert re.fullmatch(FILES[sent.supplier.name], file.name)
            lines = file.read_bytes().decode(sent.supplier.encoding).split("\r\n")
            assert lines[-1] == ""
            assert not any("\n" in line for line in lines)
        for table, rows in sent.read(delivery).items():
            assert tuple(rows.columns) == sent.supplier.layout[table]
            assert rows[sent.supplier.keys[table]].is_unique().all()


def test_manifests_say_what_is_whole_and_what_continues_what(sent: Sent) -> None:
    told = [manifest.read(delivery) for delivery in sent.deliveries]
    assert [(each.kind, each.changes_since) for each in told] == [
        ("full", None), ("delta", LAST - timedelta(days=2)), ("delta", LAST - timedelta(days=1))
    ]  # fmt: skip
    assert all(each.invented and each.format == sent.supplier.name and each.practice == ODS for each in told)


def test_nothing_says_who_anybody_is(sent: Sent) -> None:
    found = [rows[name] for rows in sent.read(sent.whole).values() for name in rows.columns if name in NAMING]
    assert len(found) >= 9
    assert all(column.null_count() == len(column) for column in found)


def test_a_row_has_the_same_id_whatever_stands_beside_it(sent: Sent) -> None:
    first, raw = sent.nights[0], sent.supplier.raw_tables
    some = first.tables["patient"].head(150).select("patient_id")
    alone = {name: frame.join(some, on="patient_id") for name, frame in first.tables.items()}
    for table, rows in raw({name: frame.reverse() for name, frame in alone.items()}, ODS, first.on).items():
        found = changes(raw(first.tables, ODS, first.on)[table], rows, sent.supplier.keys[table])
        assert found.sent.is_empty(), table


def test_equal_rows_have_ids_of_their_own(sent: Sent) -> None:
    tables = {name: pl.concat([frame, frame]) for name, frame in sent.nights[0].tables.items()}
    tables["patient"] = sent.nights[0].tables["patient"]
    for table, rows in sent.supplier.raw_tables(tables, ODS, LAST).items():
        assert rows[sent.supplier.keys[table]].is_unique().all(), table


def test_a_full_extract_and_its_changes_come_to_a_full_extract_of_the_last_day(sent: Sent) -> None:
    supplier, whole = sent.supplier, sent.read(sent.whole)
    merged = sent.read(sent.deliveries[0])
    for delivery in sent.deliveries[1:]:
        for table, rows in sent.read(delivery).items():
            kept = merged[table].join(rows, on=supplier.keys[table], how="anti")
            merged[table] = pl.concat([kept, rows]).filter(~_is_removed(rows.columns))
    people = next(whole[name][key] for name, key in supplier.patients.items() if supplier.keys[name] == key)
    for table, rows in whole.items():
        found, expected = (_without_stamp(frame) for frame in (merged[table], rows))
        if patient := supplier.patients.get(table):
            # A patient's rows may be left behind, and with them those that no mark can take back.
            is_known = pl.col(patient).is_null() | pl.col(patient).is_in(people.implode())
            found, expected = found.filter(is_known), expected.filter(is_known)
        assert expected.join(found, on=expected.columns, how="anti", nulls_equal=True).is_empty(), table
        if table in supplier.patients and _can_be_removed(rows.columns):
            assert found.join(expected, on=expected.columns, how="anti", nulls_equal=True).is_empty(), table


def test_who_and_what_is_gone_is_taken_back_as_the_supplier_does(sent: Sent) -> None:
    before, after = (night.tables for night in sent.nights[:2])
    gone = before["patient"].join(after["patient"], on="patient_id", how="anti")["patient_id"]
    assert len(gone) == 1
    delta = sent.read(sent.deliveries[1])
    removed = {name: rows.filter(_is_removed(rows.columns)) for name, rows in delta.items()}
    if sent.supplier.name == "emis":
        assert gone[0] in removed["Admin_Patient"]["PatientGuid"]
        assert removed["CareRecord_Observation"].height == 1
        assert not any(gone[0] in rows["PatientGuid"] for name, rows in removed.items()
                       if name != "Admin_Patient" and "PatientGuid" in rows.columns)  # fmt: skip
    else:
        assert gone[0] in removed["SRPatient"]["RowIdentifier"]
        assert removed["SRCode"].height > 1
        for rows in removed.values():
            assert not [each.name for each in rows.drop("RowIdentifier", "RemovedData", strict=False) if each.count()]


def test_some_codes_of_emis_come_a_night_after_their_observations(tmp_path: Path) -> None:
    night = next(nights(ODS, 2000, SEED, LAST, 1))
    found = {on: emis().raw_tables(night.tables, ODS, on) for on in (LAST, LAST + timedelta(days=1))}
    ids = found[LAST]["CareRecord_Observation"]["CodeId"].drop_nulls().unique()
    held, known = (ids.filter(~ids.is_in(raw["Coding_ClinicalCode"]["CodeId"].implode())) for raw in found.values())
    assert 0 < len(held) < 10
    assert known.is_empty()


def test_what_is_read_is_what_was_invented(sent: Sent, taken: tuple[Checked, RawTables]) -> None:
    checked, read = taken
    assert checked.bad_share < 0.0005
    for table, facts in FACTS.items():
        expected = sent.nights[-1].tables[table].select(facts).unique()
        expected = expected.filter(_can_be_carried(sent.supplier.name, sent.nights[-1], table))
        found = read[table].select(facts).unique()
        assert expected.join(found, on=facts, how="anti", nulls_equal=True).is_empty(), table
        # What every real extract has beside.
        more = found.join(expected, on=facts, how="anti", nulls_equal=True)
        assert more.height <= 0.02 * found.height, table


def test_costs_are_those_that_were_invented(sent: Sent, taken: tuple[Checked, RawTables]) -> None:
    invented, read = sent.nights[-1].tables["medicine"], taken[1]["medicine"]
    costs, expected = read["cost_pence"].sum(), invented["cost_pence"].sum()
    if sent.supplier.name == "emis":
        assert costs == expected
    else:
        # Quantities are whole, and so are priced a little off.
        assert abs(costs - expected) < 0.03 * expected
    assert 0 < read["cost_pence"].null_count() < 0.005 * read.height


def test_what_is_left_out_is_told(sent: Sent, taken: tuple[Checked, RawTables]) -> None:
    told = {finding.rule for finding in taken[0].findings if finding.table == "left out"}
    expected = {
        "emis": {"administrative consultations", "appointment slots without a patient, empty or cancelled",
                 "appointment slots of patients who are not taken over", "appointment slots that are only booked",
                 "confidential observations", "values of observations that are no number"},
        "systmone": {"registrations elsewhere", "letters, results and other events without the patient",
                     "medicines that were recorded but not issued here: hospital, dental and others",
                     "coded entries without a code", "appointments of patients who are not taken over"},
    }  # fmt: skip
    assert expected[sent.supplier.name] <= told


@pytest.mark.parametrize("version", VERSIONS)
def test_older_versions_of_emis_have_older_headers(version: str) -> None:
    layout = {table: as_of(version, table, pl.DataFrame(schema=columns)) for table, columns in emis().layout.items()}
    is_old = version in ("5.0", "5.1")
    assert ("EnteredTime" in layout["CareRecord_Consultation"].columns) == (version != "5.0")
    assert ("ClinicanUserInRoleGuid" in layout["Prescribing_IssueRecord"].columns) == is_old
    assert ("ExternalUsusalGP" in layout["Admin_Patient"].columns) == is_old
    assert ("Deleted" in layout["CareRecord_Problem"].columns) != is_old
    assert ("ParentCodeId" in layout["Coding_ClinicalCode"].columns) == (version == "5.4")


def test_a_night_loses_a_few_rows_and_now_and_then_a_patient(sent: Sent) -> None:
    tables = sent.nights[0].tables
    left = [with_losses(tables, ODS, SEED, LAST + timedelta(days=day)) for day in range(8)]
    assert {tables["patient"].height - each["patient"].height for each in left} == {0, 1}
    for each in left:
        assert each["event"].height < tables["event"].height
        assert each["event"].join(each["patient"], on="patient_id", how="anti").is_empty()


@pytest.mark.parametrize("format_", ["emis", "systmone", "native"])
def test_the_command_prints_the_settings_of_what_it_wrote(format_: str, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "extracts"
    words = f"invent --format {format_} --practices 2 --patients 20 --nights 2 --seed 3 --on {LAST} {folder}"
    app(words.split())
    lines = tomllib.loads('[area]\nname = "Invented"\n' + capsys.readouterr().out)
    settings = Settings.model_validate(lines)
    assert [practice.format for practice in settings.practice] == [format_, format_]
    for practice in settings.practice:
        place = Path(practice.from_.removeprefix("file://"))
        assert [manifest.read(each).extracted_on for each in sorted(place.iterdir())] == [
            LAST - timedelta(days=1),
            LAST,
        ]
    assert (settings.prices is not None) == (format_ == "systmone")
    with pytest.raises(UsageError, match="is not empty"):
        app(words.split())


@pytest.mark.parametrize("option", ["practices", "patients", "nights"])
def test_the_command_refuses_numbers_of_nothing(option: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=f"--{option} is 0"):
        app(["invent", f"--{option}", "0", str(tmp_path / "extracts")])


def test_a_practice_may_be_tiny(tmp_path: Path) -> None:
    for format_ in SUPPLIERS:
        write_deliveries(tmp_path / format_, format_, [ODS], 1, 3, SEED, LAST, lambda ods, on: None)


def _is_removed(columns: list[str]) -> pl.Expr:
    if "RemovedData" in columns:
        return pl.col("RemovedData") == "1"
    return (pl.col("Deleted") == "true").fill_null(False) if "Deleted" in columns else pl.lit(False)


def _can_be_removed(columns: list[str]) -> bool:
    return "RemovedData" in columns or "Deleted" in columns


def _without_stamp(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.drop("ProcessingId", strict=False)


def _can_be_carried(supplier: str, night: Night, table: str) -> pl.Expr:
    # EMIS says of no contact that it was cancelled and holds back a few of the day's codes; of hospitals SystmOne has
    # letters only.
    if table == "event":
        spoilt = pl.col("code").str.contains("E+", literal=True)
        return ~spoilt & ((pl.col("recorded_on") < night.on) if supplier == "emis" else pl.lit(True))
    if table == "contact" and supplier == "emis":
        return pl.col("status") != "cancelled"
    if table == "contact":
        seen = night.tables["contact"].filter(pl.col("kind").is_in(["gp", "nurse", "other"]))
        days = seen.select(pl.struct("patient_id", "on_date", "status")).to_series()
        return pl.struct("patient_id", "on_date", "status").is_in(days.implode())
    return pl.lit(True)
