"""A delivery made fit to leave the practice: who gets which pseudonym, what is written, and what is not."""

import csv
import tomllib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from reachwell.identity.patient_map import reading
from reachwell.identity.pseudonym import is_pseudonym
from reachwell.identity.pseudonymise import pseudonymise
from reachwell.manifest import MANIFEST_FILE
from tests.identity.surgery import HOME, NUMBERS, Surgery, person, sent
from tests.sources.emis_delivery import issue, observation, slot
from tests.sources.raw_delivery import taken

ANN, BEN, CAT = NUMBERS[:3]


def _map(elm: Surgery) -> dict[str, tuple[str | None, str]]:
    with reading(elm.map) as known:
        return {name: (each.nhs_number, each.pseudonym) for name, each in known.people().items()}


def _deciles(folder: Path, *rows: tuple[str, object], header: str = "postcode,imd_decile") -> Path:
    file = folder / "imd.csv"
    file.write_text("\n".join([header, *(f"{postcode},{decile}" for postcode, decile in rows)]) + "\n")
    return file


def test_every_row_of_a_person_has_one_pseudonym(elm: Surgery) -> None:
    people = [person("ann", NhsNumber=ANN), person("ben", NhsNumber=BEN), person("cat", Deleted="true")]
    slots = [slot(), slot("s2", PatientGuid=""), slot("s3", PatientGuid="stranger")]
    done = elm.pseudonymised(elm.full(people, CareRecord_Observation=[observation()], Appointment_Slot=slots))
    ann, ben, cat = elm.pseudonyms()
    assert [row["PatientGuid"] for row in elm.rows("CareRecord_Observation")] == [ann]
    # An empty slot is nobody's, and a patient who is not in the extract is somebody.
    of_ann, of_nobody, stranger = (row["PatientGuid"] for row in elm.rows("Appointment_Slot"))
    assert (of_ann, of_nobody) == (ann, "")
    assert all(map(is_pseudonym, [ann, ben, cat, stranger]))
    assert _map(elm) == {"ann": (ANN, ann), "ben": (BEN, ben), "cat": (None, cat), "stranger": (None, stranger)}
    # Cat is deleted, and so is no patient of the delivery.
    assert (done.patients, done.new, done.strangers, done.without_number) == (4, 4, 2, 0)
    again = elm.pseudonymised(elm.delta([person("baby", NhsNumber="")]))
    assert (again.patients, again.new, again.strangers, again.without_number) == (5, 1, 0, 1)


def test_an_extract_of_nobody_is_one_all_the_same(elm: Surgery) -> None:
    done = elm.pseudonymised(elm.full([]))
    assert (done.patients, done.homes) == (0, 0)
    assert elm.rows("Admin_Patient") == []


def test_only_the_columns_that_are_read_are_written(elm: Surgery) -> None:
    row = person("ann", NhsNumber=ANN, EmailAddress="ann@home.example", HomePhone="01632 960000", **HOME)
    delivery = elm.full([row], CareRecord_Observation=[observation(AssociatedText="says she is lonely")])
    (delivery / "Admin_Appendix.csv").write_text("Surname\nNightingale\n")
    (delivery / "notes.txt").write_text("Annabel Nightingale\n")
    done = elm.pseudonymised(delivery)
    (patient,) = elm.rows("Admin_Patient")
    assert patient.keys().isdisjoint(["GivenName", "Surname", "NhsNumber", "EmailAddress", "HomePhone", *HOME])
    assert "AssociatedText" not in elm.rows("CareRecord_Observation")[0]
    assert done.left == 2
    assert done.files == len([*elm.out.iterdir()]) - 1
    every = b"".join(file.read_bytes() for file in elm.out.iterdir())
    for told in ("Nightingale", "Annabel", ANN, "example", "960000", "Ambridge", "ZQ1", "lonely"):
        assert told.encode() not in every


def test_a_birth_date_becomes_its_month_and_other_dates_stay(elm: Surgery) -> None:
    day = {"DateOfBirth": "1950-03-14", "DateOfRegistration": "2012-05-17"}
    # What is no date might be anything, and does not leave.
    elm.pseudonymised(elm.full([person("ann", **day), person("ben", DateOfBirth="14 March, her mother says")]))
    ann, ben = elm.rows("Admin_Patient")
    assert (ann["DateOfBirth"], ann["DateOfRegistration"]) == ("1950-03-01", "2012-05-17")
    assert ben["DateOfBirth"] == ""


def test_people_of_one_address_have_one_household(elm: Surgery) -> None:
    people = [
        person("ann", NhsNumber=ANN, **HOME),
        person("ben", NhsNumber=BEN, **{**HOME, "NumberAndStreet": "12 HIGH ST", "Postcode": "zq12ab"}),
        person("cat", NhsNumber=CAT, **{**HOME, "HouseNameFlatNumber": "Flat 2"}),
        person("dan", Town="Ambridge"),
    ]
    done = elm.pseudonymised(elm.full(people))
    ann, ben, cat, dan = (row["HouseholdToken"] for row in elm.rows("Admin_Patient"))
    assert ann == ben
    assert ann not in (cat, "")
    assert is_pseudonym(ann)
    assert dan == ""
    assert done.homes == 2
    assert {row["DeprivationDecile"] for row in elm.rows("Admin_Patient")} == {""}


def test_a_postcode_is_looked_up_in_the_practices_table(elm: Surgery) -> None:
    table = _deciles(elm.folder, ("zq12AB", 3), ("ZQ9 9ZZ", 10))
    people = [person("ann", **HOME), person("ben", **{**HOME, "Postcode": "ZQ5 5AA"}), person("cat")]
    done = elm.pseudonymised(elm.full(people), table)
    assert [row["DeprivationDecile"] for row in elm.rows("Admin_Patient")] == ["3", "", ""]
    assert (done.homes, done.without_decile) == (2, 1)


def test_what_is_written_is_a_delivery(elm: Surgery) -> None:
    delivery = elm.full([person("ann", NhsNumber=ANN, **HOME)], CareRecord_Observation=[observation()],
                        Prescribing_IssueRecord=[issue()], Appointment_Slot=[slot()])  # fmt: skip
    done = elm.pseudonymised(delivery, _deciles(elm.folder, ("ZQ1 2AB", 3)))
    raw, told = (tomllib.loads((each / MANIFEST_FILE).read_text(encoding="utf-8")) for each in (delivery, elm.out))
    assert told == {**raw, "key_id": done.key_id}
    assert {file.name for file in elm.out.iterdir()} == {file.name for file in delivery.iterdir()}
    found = taken(sent(elm.out))
    assert found.bad == {}
    assert [len(rows) for rows in found.tables.values()] == [1, 1, 1, 1]
    assert found.patient[0]["birth_month"] == date(1950, 3, 1)
    assert found.patient[0]["imd_decile"] == 3
    assert is_pseudonym(found.patient[0]["household_id"])
    assert [found.tables[name][0]["patient_id"] for name in found.tables] == elm.pseudonyms() * 4


def test_cells_stay_as_they_are_and_lines_end_as_the_system_ends_them(elm: Surgery) -> None:
    kept = ['says "GP", then\nnothing; =1+1', "µg/l 王", '""', "a\r\nb"]
    rows = [observation(f"o{place}", Value=value) for place, value in enumerate(kept)]
    delivery = elm.full([person("ann", NhsNumber=ANN, Surname='O"Hara,\nNgũgĩ')], CareRecord_Observation=rows)
    elm.pseudonymised(delivery)
    assert [row["Value"] for row in elm.rows("CareRecord_Observation")] == kept
    assert len(elm.rows("Admin_Patient")) == 1
    for file in elm.out.glob("*.csv"):
        assert file.read_bytes().endswith(b"\r\n")
        assert file.read_bytes().count(b"\n") - file.read_bytes().count(b"\r\n") == ("Observation_" in file.name)
    assert "Ngũgĩ".encode() not in b"".join(file.read_bytes() for file in elm.out.iterdir())


def test_parquet_stays_parquet(elm: Surgery) -> None:
    delivery = elm.full([person("ann", NhsNumber=ANN, **HOME)])
    (file,) = delivery.glob("*_Admin_Patient_*")
    frame = pl.read_csv(file, infer_schema=False).with_columns(pl.col("NhsNumber").cast(pl.Int64),
                                                               pl.col("DateOfBirth").str.to_date())  # fmt: skip
    frame.write_parquet(file.with_suffix(".parquet"))
    file.unlink()
    elm.pseudonymised(delivery)
    (row,) = elm.rows("Admin_Patient")
    assert is_pseudonym(row["PatientGuid"])
    assert str(row["DateOfBirth"]) == "1950-03-01"
    assert _map(elm)["ann"][0] == ANN


def test_rows_keep_their_order(elm: Surgery) -> None:
    # Of two rows with one id the later one counts.
    people = [person(f"p{place:03}", NhsNumber=number) for place, number in enumerate(NUMBERS[:200])]
    elm.pseudonymised(elm.full(people))
    few = [person(f"p{place:03}", NhsNumber=NUMBERS[place], DateOfBirth=f"19{place % 60 + 10}-03-14")
           for place in (150, 3, 77, 3)]  # fmt: skip
    elm.pseudonymised(elm.delta(few))
    assert [row["DateOfBirth"][:4] for row in elm.rows("Admin_Patient")] == [row["DateOfBirth"][:4] for row in few]
    numbers = {made: number for number, made in _map(elm).values()}
    assert [numbers[made] for made in elm.pseudonyms()] == [row["NhsNumber"] for row in few]


def test_our_own_format_can_be_pseudonymised_and_paths_may_be_relative(
    elm: Surgery, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = elm.extracts / "native"
    delivery.mkdir()
    tables = {
        "patient": [{"practice_id": "A81001", "patient_id": "7", "sex": "F", "birth_month": "1950-03-14",
                     "registered_on": "2012-05-17", "nhs_number": ANN, "surname": "Nightingale",
                     "address": "12 High St", "postcode": "ZQ1 2AB"}],
        "event": [{"practice_id": "A81001", "patient_id": "7", "code": "195967001", "on_date": "2020-05-05"}],
        "contact": [{"practice_id": "A81001", "patient_id": "7", "on_date": "2020-05-05", "kind": "gp",
                     "status": "attended"}],
        "medicine": [{"practice_id": "A81001", "patient_id": "7", "on_date": "2020-05-05"}],
    }  # fmt: skip
    for name, rows in tables.items():
        with (delivery / f"{name}.csv").open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    (delivery / MANIFEST_FILE).write_text(
        'practice = "A81001"\nformat = "native"\nkind = "full"\nextracted_on = 2026-11-21\ncovers_from = 2010-01-01\n'
        'national_data_opt_out = "applied"\nlegal_basis = "direct care"\n'
    )
    monkeypatch.chdir(elm.folder)
    out = Path("out")
    pseudonymise(delivery.relative_to(elm.folder), out, Path("practice.key"), Path("practice.map"))
    (row,) = pl.read_csv(out / "patient.csv", infer_schema=False).to_dicts()
    assert is_pseudonym(row["patient_id"])
    assert is_pseudonym(row["household_id"])
    assert row["birth_month"][:7] == "1950-03"
    assert "14" not in row["birth_month"]
    assert row.keys().isdisjoint(["nhs_number", "surname", "address", "postcode"])
    every = {pl.read_csv(out / f"{name}.csv", infer_schema=False)["patient_id"][0] for name in tables}
    assert every == {row["patient_id"]}
