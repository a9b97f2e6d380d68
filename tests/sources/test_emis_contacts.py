"""EMIS Web bulk extract: appointments and consultations."""

from datetime import date
from pathlib import Path

import pytest

from tests.sources.emis_delivery import Inbox, by, consultation, days_of, issue, slot


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_what_became_of_an_appointment_follows_from_other_columns(inbox: Inbox) -> None:
    found = inbox.full(
        Appointment_Slot=[
            slot("left", AppointmentDate="2020-01-01", LeftTime="10:12:00"),
            slot("sent in", AppointmentDate="2020-01-02", LeftTime="", SendInTime="10:02:00"),
            slot("missed", AppointmentDate="2020-01-03", LeftTime="", DidNotAttend="true"),
            slot("missed, though sent in", AppointmentDate="2020-01-04", SendInTime="10:02:00", DidNotAttend="true"),
            slot("booked", AppointmentDate="2027-01-05", LeftTime=""),
        ]
    ).taken
    assert by("on_date", found.contact, "status") == {
        date(2020, 1, 1): "attended",
        date(2020, 1, 2): "attended",
        date(2020, 1, 3): "missed",
        date(2020, 1, 4): "missed",
    }
    assert found.left_out == {"appointment slots that are only booked": 1}


def test_slots_may_be_empty_or_of_patients_who_are_not_in_the_extract(inbox: Inbox) -> None:
    found = inbox.full(Appointment_Slot=[slot("empty", PatientGuid=""), slot("unknown", PatientGuid="zoe")]).taken
    assert found.contact == []
    assert found.left_out == {
        "appointment slots without a patient, empty or cancelled": 1,
        "appointment slots of patients who are not taken over": 1,
    }


def test_a_cancelled_booking_comes_again_without_its_patient(inbox: Inbox) -> None:
    inbox.full(Appointment_Slot=[slot()]).delta(Appointment_Slot=[slot(PatientGuid="", LeftTime="")])
    assert inbox.taken.contact == []
    assert inbox.taken.left_out == {"appointment slots without a patient, empty or cancelled": 1}


def test_a_session_may_say_who_was_seen_and_how(inbox: Inbox) -> None:
    sessions = {
        ("Timed appointments", "Default Non-List Category"): ("other", None),
        ("Timed appointments", "Practice Nurse"): ("nurse", None),
        ("Timed appointments", "Nursing home round"): ("other", "home"),
        ("Timed appointments", "GP Telephone"): ("gp", "telephone"),
        ("Telephone", "Nurses"): ("nurse", "telephone"),
        ("Untimed", "Duty doctor"): ("gp", None),
        ("Untimed", "Home Visits"): ("other", "home"),
        ("Untimed", "Visits"): ("other", "home"),
        ("Untimed", "eConsult"): ("other", "online"),
        ("Video consultation", ""): ("other", "online"),
    }
    found = inbox.full(
        Appointment_Session=[
            {"AppointmentSessionGuid": f"{n}", "SessionTypeDescription": kind, "SessionCategoryDisplayName": category}
            for n, (kind, category) in enumerate(sessions, start=1)
        ],
        Appointment_Slot=[
            slot(f"{n}", SessionGuid=f"{n}", AppointmentDate=f"2020-01-{n:02}") for n in range(1, len(sessions) + 2)
        ],
    ).taken
    expected = dict(enumerate([*sessions.values(), ("other", None)], start=1))
    assert by("on_date", found.contact, "kind", "mode") == {date(2020, 1, n): each for n, each in expected.items()}


CONTACTS = {
    "GP Surgery": ("other", "face to face"),
    "Elm Tree Surgery": ("other", "face to face"),
    "General Practice Surgery": ("other", "face to face"),
    "Face to face consultation": ("other", "face to face"),
    "Clinic note": ("other", "face to face"),
    "Memory clinic": ("other", "face to face"),
    "Emergency appointment": ("other", "face to face"),
    "Telephone consultation": ("other", "telephone"),
    "Telephone call to relative/carer": ("other", "telephone"),
    "Home visit note": ("other", "home"),
    "Nursing home visit note": ("other", "home"),
    "Night visit note": ("other", "home"),
    "District nurse visit": ("other", "home"),
    "School visit note": ("other", "face to face"),
    "Homeless outreach": ("other", "face to face"),
    "E-mail consultation": ("other", "online"),
    "Online communication": ("other", "online"),
    "Consultation via SMS text message": ("other", "online"),
    "Consultation via video conference": ("other", "online"),
    "Seen in accident and emergency department": ("emergency", "face to face"),
    "A&E attendance": ("emergency", "face to face"),
    "Seen in urgent care centre": ("emergency", "face to face"),
    "Seen in hospital ward": ("admission", "face to face"),
    "Hospital inpatient note": ("admission", "face to face"),
    "Hospital admission": ("admission", "face to face"),
}
ADMINISTRATIVE = [
    "Administration note", "ADMIN ENTRY", "Awaiting clinical code migration to EMIS Web", "Externally entered note",
    "Scanned document", "Inbound document", "Docman", "Laboratory result", "Radiology result", "Other note",
    "Third party consultation", "Repeat prescription", "Repeat Issue", "Medication requested",
    "Non-consultation medication data", "Non-consultation data", "Hospital outpatient report",
    "Hospital inpatient report", "OOH report", "Outbound referral", "Mail to patient", "Mail from patient",
    "E-mail received from patient", "E-mail sent to patient", "SMS text message sent to patient", "Letter received",
    "Discussion with colleague", "Discussion with other professional", "Case conference", "Record summary",
    "Multidisciplinary team meeting without patient", "Did not attend", "Failed encounter",
]  # fmt: skip


def test_a_consultation_is_a_contact_unless_its_source_is_administrative(inbox: Inbox) -> None:
    days = days_of([*CONTACTS, *ADMINISTRATIVE])
    rows = [consultation(term, ConsultationSourceTerm=term, EffectiveDate=str(day)) for term, day in days.items()]
    found = inbox.full(CareRecord_Consultation=rows).taken
    assert by("on_date", found.contact, "kind", "mode", "status") == {
        days[term]: (*expected, "attended") for term, expected in CONTACTS.items()
    }
    assert found.left_out == {"administrative consultations": len(ADMINISTRATIVE)}


def test_the_clinicians_job_says_whom_the_patient_saw(inbox: Inbox) -> None:
    jobs = {
        "General Medical Practitioner": "gp",
        "Salaried General Practitioner": "gp",
        "Salaried GP": "gp",
        "Specialty Registrar": "gp",
        "Medical Doctor": "gp",
        "Practice Nurse": "nurse",
        "Nurse Practitioner": "nurse",
        "Health Care Assistant": "other",
        "": "other",
    }
    days = days_of([*jobs, "of nobody"])
    found = inbox.full(
        Admin_UserInRole=[{"UserInRoleGuid": f"as {job}", "JobCategoryName": job} for job in jobs],
        CareRecord_Consultation=[
            consultation(f"as {job}", EffectiveDate=str(day), ClinicianUserInRoleGuid=f"as {job}")
            for job, day in days.items()
        ],
    ).taken
    assert by("on_date", found.contact, "kind") == {
        days[job]: kind for job, kind in {**jobs, "of nobody": "other"}.items()
    }


def test_an_admission_stays_one_whoever_wrote_it_down(inbox: Inbox) -> None:
    found = inbox.full(
        Admin_UserInRole=[{"UserInRoleGuid": "dr", "JobCategoryName": "General Medical Practitioner"}],
        CareRecord_Consultation=[
            consultation(ConsultationSourceTerm="Hospital admission", ClinicianUserInRoleGuid="dr")
        ],
    ).taken
    assert [row["kind"] for row in found.contact] == ["admission"]


def test_a_consultation_of_no_source_is_a_contact_of_kind_other(inbox: Inbox) -> None:
    found = inbox.full(
        Admin_UserInRole=[{"UserInRoleGuid": "dr", "JobCategoryName": "General Medical Practitioner"}],
        CareRecord_Consultation=[consultation(ConsultationSourceTerm="", ClinicianUserInRoleGuid="dr")],
    ).taken
    assert [(row["kind"], row["mode"]) for row in found.contact] == [("other", None)]


def test_what_has_no_day_is_neither_a_contact_nor_an_issue(inbox: Inbox) -> None:
    dates = [("U", "2020-05-06"), ("Y", "2020-01-01"), ("YM", "2020-05-01"), ("U", ""), ("", "")]
    cells = [{"EffectiveDatePrecision": precision, "EffectiveDate": day} for precision, day in dates]
    day_without_precision = {"EffectiveDatePrecision": ""}
    rows = [*cells, day_without_precision]
    found = inbox.full(
        CareRecord_Consultation=[consultation(f"{n}", **each) for n, each in enumerate(rows)],
        Prescribing_IssueRecord=[issue(f"{n}", **each) for n, each in enumerate(rows)],
    ).taken
    assert [row["on_date"] for row in [*found.contact, *found.medicine]] == [date(2020, 5, 5)] * 2
    assert found.left_out == {"consultations whose day is not known": 5, "issues whose day is not known": 5}
