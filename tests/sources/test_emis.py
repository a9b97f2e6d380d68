"""EMIS Web bulk extract: its versions, files and agreements, and its patients."""

from datetime import date
from pathlib import Path

import pytest

from reachwell.errors import DeliveryRejected
from reachwell.plugs import find_one
from reachwell.source import Source
from tests.sources.emis_delivery import (
    AGREED,
    AGREEMENT,
    LACKS,
    MISSPELT,
    ORGANISATION,
    Inbox,
    by,
    consultation,
    issue,
    observation,
    patient,
    slot,
)
from tests.sources.raw_delivery import PRACTICE


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


@pytest.mark.parametrize("version", LACKS)
def test_the_versions_differ_by_their_headers_only(version: str, inbox: Inbox) -> None:
    doctor = {"UserInRoleGuid": "dr", "JobCategoryName": "General Medical Practitioner"}
    clinician = MISSPELT["ClinicianUserInRoleGuid"] if version in ("5.0", "5.1") else "ClinicianUserInRoleGuid"
    found = inbox.full(
        version,
        Admin_UserInRole=[doctor],
        CareRecord_Observation=[observation()],
        CareRecord_Problem=[{"ObservationGuid": "o1", "PatientGuid": "ann"}],
        CareRecord_Consultation=[consultation(**{clinician: "dr"})],
        Prescribing_IssueRecord=[issue()],
    ).taken
    assert {name: len(rows) for name, rows in found.tables.items()} == {
        "patient": 1,
        "event": 1,
        "contact": 1,
        "medicine": 1,
    }
    assert found.contact[0]["kind"] == "gp"


def test_the_versions_that_are_known() -> None:
    assert Source.read(find_one("sql/sources", "emis", None)).versions == tuple(LACKS)


def test_files_of_two_sharing_agreements_do_not_belong_together(inbox: Inbox) -> None:
    folder = inbox.full().deliveries[0].folder
    file = next(folder.glob("*_Coding_DrugCode_*"))
    file.rename(folder / file.name.replace(AGREEMENT, "1C9B5DFA-5A53-4A1C-8C52-6D24D52F0F0E"))
    with pytest.raises(DeliveryRejected, match="more than one agreement"):
        _ = inbox.taken


def test_some_files_may_be_missing(inbox: Inbox) -> None:
    few = ["Admin_UserInRole", "CareRecord_Problem", "CareRecord_ObservationReferral"]
    found = inbox.full(without=few, CareRecord_Observation=[observation()], CareRecord_Consultation=[consultation()])
    assert (len(found.taken.event), len(found.taken.contact)) == (1, 1)


def test_a_patient(inbox: Inbox) -> None:
    assert inbox.full(
        Admin_Patient=[patient(DateOfDeath="2026-02-03", DateOfDeactivation="2026-02-10")]
    ).taken.patient == [
        {
            "practice_id": PRACTICE,
            "patient_id": "ann",
            "sex": "female",
            "birth_month": date(1950, 3, 1),
            "registered_on": date(2012, 5, 1),
            "deregistered_on": date(2026, 2, 10),
            "died_on": date(2026, 2, 3),
            "imd_decile": None,
            "ethnicity": None,
            "household_id": None,
            "care_home": None,
        }
    ]


def test_a_patient_may_be_about_to_leave(inbox: Inbox) -> None:
    """A date of deactivation in the future leaves the patient on the list until then."""
    found = inbox.full(Admin_Patient=[patient(DateOfDeactivation="2027-03-31")]).taken
    assert by("patient_id", found.patient, "deregistered_on") == {"ann": date(2027, 3, 31)}


def test_sex_is_a_letter(inbox: Inbox) -> None:
    letters = {"F": "female", "M": "male", "I": "indeterminate", "U": "unknown", "": "unknown", "m": "male"}
    found = inbox.full(Admin_Patient=[patient(f"is {letter or 'blank'}", Sex=letter) for letter in letters]).taken
    assert by("patient_id", found.patient, "sex") == {
        f"is {letter or 'blank'}": word for letter, word in letters.items()
    }


def test_a_residential_institute_is_a_care_home_and_none_says_nothing(inbox: Inbox) -> None:
    found = inbox.full(Admin_Patient=[patient("in"), patient("out", ResidentialInstituteCode="NH")]).taken
    assert by("patient_id", found.patient, "care_home") == {"in": None, "out": True}


def test_only_regular_patients_are_on_the_list(inbox: Inbox) -> None:
    found = inbox.full(
        Admin_Patient=[
            patient("regular"),
            patient("in capitals", PatientTypeDescription="REGULAR"),
            patient("flags said", DummyType="false", SpineSensitive="FALSE", IsConfidential="False"),
            patient("dummy by flag", DummyType="true"),
            patient("dummy by type", PatientTypeDescription="Dummy"),
            patient("temporary", PatientTypeDescription="Temporary"),
            patient("private", PatientTypeDescription="Private"),
            patient("of no type", PatientTypeDescription=""),
            patient("sensitive", SpineSensitive="true"),
            patient("confidential", IsConfidential="true"),
        ]
    ).taken
    assert [row["patient_id"] for row in found.patient] == ["flags said", "in capitals", "regular"]
    assert found.left_out == {
        "dummy patients": 2,
        "patients who are not of type Regular": 3,
        "patients marked as sensitive on the Spine": 1,
        "confidential patients": 1,
    }


def test_no_row_of_a_patient_who_is_left_out_is_taken_over(inbox: Inbox) -> None:
    kinds = (
        {"DummyType": "true"},
        {"PatientTypeDescription": "Temporary"},
        {"SpineSensitive": "true"},
        {"IsConfidential": "true"},
    )
    people = [patient(f"p{number}", **cells) for number, cells in enumerate(kinds)]
    ids = [{"PatientGuid": each["PatientGuid"]} for each in people]
    found = inbox.full(
        Admin_Patient=[patient(), *people],
        CareRecord_Observation=[observation(f"{number}", **each) for number, each in enumerate(ids)],
        CareRecord_Consultation=[consultation(f"{number}", **each) for number, each in enumerate(ids)],
        Appointment_Slot=[slot(f"{number}", **each) for number, each in enumerate(ids)],
        Prescribing_IssueRecord=[issue(f"{number}", **each) for number, each in enumerate(ids)],
    ).taken
    assert found.event == found.contact == found.medicine == []
    assert {what: rows for what, rows in found.left_out.items() if "not taken over" in what} == {
        "observations of patients who are not taken over": 4,
        "consultations of patients who are not taken over": 4,
        "appointment slots of patients who are not taken over": 4,
        "issues of patients who are not taken over": 4,
    }


def test_the_practice_is_the_ods_code_of_the_patients_organisation(inbox: Inbox) -> None:
    found = inbox.full(
        Admin_Organisation=[{**ORGANISATION, "ODSCode": PRACTICE.lower()}],
        CareRecord_Observation=[observation()],
        CareRecord_Consultation=[consultation()],
        Appointment_Slot=[slot()],
        Prescribing_IssueRecord=[issue()],
    ).taken
    assert {row["practice_id"] for rows in found.tables.values() for row in rows} == {PRACTICE}
    assert len(found.contact) == 2


def test_patients_of_another_organisation_are_not_passed_off_as_the_practices_own(inbox: Inbox) -> None:
    swapped = {"PatientGuid": "swapped"}
    found = inbox.full(
        Admin_Patient=[patient("swapped", OrganisationGuid="oak"), patient("of none", OrganisationGuid=""), patient()],
        CareRecord_Observation=[observation(**swapped)],
        CareRecord_Consultation=[consultation(**swapped)],
        Appointment_Slot=[slot(**swapped)],
        Prescribing_IssueRecord=[issue(**swapped)],
    ).taken_with_bad_rows
    rule = f"practice is not {PRACTICE}"
    assert found.bad == {
        ("patient", rule): 2,
        ("event", rule): 1,
        ("contact", rule): 2,
        ("medicine", rule): 1,
    }


def test_a_new_registration_takes_the_place_of_the_old_one(inbox: Inbox) -> None:
    left = patient(DateOfRegistration="2012-05-01", DateOfDeactivation="2019-01-01")
    found = inbox.full(Admin_Patient=[left]).delta(Admin_Patient=[patient(DateOfRegistration="2026-11-20")]).taken
    assert by("patient_id", found.patient, "registered_on", "deregistered_on") == {"ann": (date(2026, 11, 20), None)}


def test_a_deletion_of_a_patient_comes_without_those_of_the_rest(inbox: Inbox) -> None:
    found = (
        inbox.full(
            Admin_Patient=[patient(), patient("bob")],
            CareRecord_Observation=[observation()],
            CareRecord_Consultation=[consultation()],
            Appointment_Slot=[slot()],
            Prescribing_IssueRecord=[issue()],
        )
        .delta(Admin_Patient=[{"PatientGuid": "ann", "Deleted": "true"}])
        .taken
    )
    assert by("patient_id", found.patient, "practice_id") == {"bob": PRACTICE}
    assert found.event == found.contact == found.medicine == []
    assert sum(found.left_out.values()) == 4


def test_a_switched_off_agreement_stops_everything(inbox: Inbox) -> None:
    inbox.full(Agreements_SharingOrganisation=[{**AGREED, "Disabled": "true"}])
    with pytest.raises(DeliveryRejected, match="sharing agreement with EMIS is switched off"):
        _ = inbox.taken


def test_a_switched_off_agreement_is_found_by_the_patients_too(inbox: Inbox) -> None:
    """Their organisation's own row may not have come yet."""
    inbox.full(Admin_Organisation=[], Agreements_SharingOrganisation=[{**AGREED, "Disabled": "true"}])
    with pytest.raises(DeliveryRejected, match="sharing agreement with EMIS is switched off"):
        _ = inbox.taken


def test_a_switched_off_agreement_stops_the_deletions_that_come_with_it(inbox: Inbox) -> None:
    inbox.full().delta(
        Admin_Patient=[{"PatientGuid": "ann", "Deleted": "true"}],
        Agreements_SharingOrganisation=[{**AGREED, "Disabled": "true"}],
    )
    with pytest.raises(DeliveryRejected, match="sharing agreement with EMIS is switched off"):
        _ = inbox.taken


def test_a_deleted_agreement_stops_everything_too(inbox: Inbox) -> None:
    inbox.full(Agreements_SharingOrganisation=[{**AGREED, "Deleted": "true"}])
    with pytest.raises(DeliveryRejected, match="sharing agreement with EMIS is switched off"):
        _ = inbox.taken


def test_another_organisations_agreement_does_not_matter(inbox: Inbox) -> None:
    oak = {**AGREED, "OrganisationGuid": "oak", "Disabled": "true"}
    inbox.full(
        Admin_Organisation=[ORGANISATION, {"OrganisationGuid": "oak", "ODSCode": "A81002"}],
        Agreements_SharingOrganisation=[AGREED, oak],
    )
    assert len(inbox.taken.patient) == 1
