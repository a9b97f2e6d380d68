"""EMIS Web bulk extract: observations, their codes, dates and values, and what hangs on them."""

from datetime import date
from pathlib import Path

import pytest

from tests.sources.emis_delivery import ASTHMA, Inbox, Row, by, consultation, issue, observation, slot
from tests.sources.raw_delivery import PRACTICE


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def test_an_observation(inbox: Inbox) -> None:
    found = inbox.full(CareRecord_Observation=[observation(Value="6.5", NumericUnit="mmol/L")]).taken
    assert found.event == [
        {
            "practice_id": PRACTICE,
            "patient_id": "ann",
            "code": "195967001",
            "system": "snomed",
            "on_date": date(2020, 5, 5),
            "recorded_on": date(2020, 5, 6),
            "value": 6.5,
            "unit": "mmol/L",
        }
    ]
    assert found.left_out == {}


def test_a_code_is_snomed_where_it_can_be_then_read_then_local(inbox: Inbox) -> None:
    expected = {
        "": ("local", "the number itself"),
        "A2": ("read2", "A2..."),
        "H33": ("read2", "H33.."),
        "H33z.": ("read2", "H33z."),
        "F45-1": ("read2", "F45.."),
        "G2021-12": ("read2", "G2021"),
        # Small and capital letters are different codes.
        "Eu32z": ("read2", "Eu32z"),
        "eu32Z": ("read2", "eu32Z"),
        "EMISNQAC724": ("local", "EMISNQAC724"),
        "EMIS": ("local", "EMIS"),
        "EMISREQ-Q1": ("local", "EMISREQ-Q1"),
        "ESCT1234567": ("local", "ESCT1234567"),
        "ESCT1": ("local", "ESCT1"),
        "EGTON": ("local", "EGTON"),
        "EGTONHI5": ("local", "EGTONHI5"),
        "ALLERGY123": ("local", "ALLERGY123"),
        # Hyphens of other code sets are no synonyms: sexual health, community health.
        "A1-KC60": ("local", "A1-KC60"),
        "C4-SHHAPT": ("local", "C4-SHHAPT"),
        "^ESCT": ("local", "^ESCT"),
    }
    codes = [{"CodeId": f"{number}", "ReadTermId": read} for number, read in enumerate(expected)]
    found = inbox.full(
        Coding_ClinicalCode=[*codes, {"CodeId": "both", "ReadTermId": "H33-1", "SnomedCTConceptId": "195967001"}],
        CareRecord_Observation=[
            observation(each["CodeId"], CodeId=each["CodeId"]) for each in [*codes, {"CodeId": "both"}]
        ],
    ).taken
    wanted = {(system, "0" if code == "the number itself" else code) for system, code in expected.values()}
    assert {(row["system"], row["code"]) for row in found.event} == wanted | {("snomed", "195967001")}
    assert len(found.event) == len({*expected.values()}) + 1


def test_an_observation_may_come_before_its_code(inbox: Inbox) -> None:
    inbox.full(CareRecord_Observation=[observation()], Coding_ClinicalCode=[])
    assert by("system", inbox.taken.event, "code") == {"held": "301485011"}
    inbox.delta(Coding_ClinicalCode=[ASTHMA])
    assert by("system", inbox.taken.event, "code") == {"snomed": "195967001"}


def test_an_observation_without_a_code_says_nothing_unless_a_referrals_reason_does(inbox: Inbox) -> None:
    found = inbox.full(
        CareRecord_Observation=[observation("alone", CodeId=""), observation("referral", CodeId="")],
        CareRecord_ObservationReferral=[
            {"ObservationGuid": "referral", "PatientGuid": "ann", "ReferralReasonCodeId": ASTHMA["CodeId"]}
        ],
    ).taken
    assert by("system", found.event, "code") == {"snomed": "195967001"}
    assert found.left_out == {"observations without a code": 1}


def test_the_code_of_a_referral_is_on_the_observation_with_its_id(inbox: Inbox) -> None:
    found = inbox.full(
        Coding_ClinicalCode=[ASTHMA, {"CodeId": "reason", "SnomedCTConceptId": "38341003"}],
        CareRecord_Observation=[observation()],
        CareRecord_ObservationReferral=[
            {"ObservationGuid": "o1", "PatientGuid": "ann", "ReferralReasonCodeId": "reason"}
        ],
    ).taken
    assert [row["code"] for row in found.event] == ["195967001"]


def test_a_date_may_be_known_in_part_or_not_at_all(inbox: Inbox) -> None:
    dates = {
        "2020-05-05": ("YMDT", date(2020, 5, 5)),
        "2020-06-01": ("YM", date(2020, 6, 1)),
        "2020-01-01": ("Y", date(2020, 1, 1)),
        "2020-05-07": ("U", None),
        "": ("U", None),
    }
    found = inbox.full(
        CareRecord_Observation=[
            observation(f"on {day}", EffectiveDate=day, EffectiveDatePrecision=precision, Value=f"{number}")
            for number, (day, (precision, _)) in enumerate(dates.items())
        ]
    ).taken
    assert [day for _, day in sorted(by("value", found.event, "on_date").items(), key=str)] == [
        day for _, day in dates.values()
    ]
    assert {row["recorded_on"] for row in found.event} == {date(2020, 5, 6)}


def test_the_year_or_month_of_birth_is_not_before_birth(inbox: Inbox) -> None:
    found = inbox.full(
        CareRecord_Observation=[
            observation("year", EffectiveDate="1950-01-01", EffectiveDatePrecision="Y", Value="1"),
            observation("month", EffectiveDate="1950-03-01", EffectiveDatePrecision="YM", Value="2"),
            observation("next year", EffectiveDate="1951-01-01", EffectiveDatePrecision="Y", Value="3"),
        ]
    ).taken
    assert by("value", found.event, "on_date") == {1: date(1950, 3, 1), 2: date(1950, 3, 1), 3: date(1951, 1, 1)}


def test_a_day_or_a_year_before_birth_stays_wrong(inbox: Inbox) -> None:
    found = inbox.full(
        CareRecord_Observation=[
            observation("day", EffectiveDate="1950-01-01"),
            observation("year", EffectiveDate="1949-01-01", EffectiveDatePrecision="Y"),
            observation("month", EffectiveDate="1950-02-01", EffectiveDatePrecision="YM"),
        ]
    ).taken_with_bad_rows
    assert found.bad == {("event", "dated before birth"): 3}


def test_a_value_that_is_no_number_is_no_measurement(inbox: Inbox) -> None:
    texts = {"145": 145.0, "6.5": 6.5, "-1": -1.0, "145/92": None, ">90": None, "NaN": None, "inf": None, "": None}
    found = inbox.full(
        CareRecord_Observation=[
            observation(f"of {text}", Value=text, NumericUnit="mmHg", EnteredDate=f"2020-06-{number:02}")
            for number, text in enumerate(texts, start=1)
        ]
    ).taken
    assert [row["value"] for row in sorted(found.event, key=lambda row: str(row["recorded_on"]))] == [*texts.values()]
    assert all((row["unit"] is None) == (row["value"] is None) for row in found.event)
    assert found.left_out == {"values of observations that are no number": 4}


def test_confidential_entries_stay_out(inbox: Inbox) -> None:
    found = inbox.full(
        CareRecord_Observation=[observation(IsConfidential="true", Value="145/92")],
        CareRecord_Consultation=[consultation(IsConfidential="true")],
        Prescribing_IssueRecord=[issue(IsConfidential="true", EstimatedNhsCost="n/a")],
    ).taken
    assert found.event == found.contact == found.medicine == []
    assert found.left_out == {"confidential observations": 1, "confidential consultations": 1, "confidential issues": 1}


def test_rows_are_deleted_by_their_ids(inbox: Inbox) -> None:
    inbox.full(
        CareRecord_Observation=[observation("o1"), observation("o2", EffectiveDate="2021-01-01")],
        CareRecord_Consultation=[consultation()],
        Appointment_Slot=[slot()],
        Prescribing_IssueRecord=[issue()],
    ).delta(
        CareRecord_Observation=[{"ObservationGuid": "o1", "Deleted": "true"}],
        CareRecord_Consultation=[{"ConsultationGuid": "c1", "Deleted": "true"}],
        Appointment_Slot=[{"SlotGuid": "s1", "Deleted": "true"}],
        Prescribing_IssueRecord=[{"IssueRecordGuid": "i1", "Deleted": "true"}],
    )
    found = inbox.taken
    assert [row["on_date"] for row in found.event] == [date(2021, 1, 1)]
    assert found.contact == found.medicine == []
    assert found.left_out == {}


def test_a_problem_that_is_deleted_or_past_leaves_its_observation(inbox: Inbox) -> None:
    def problem(guid: str, **cells: str) -> Row:
        return {"ObservationGuid": guid, "PatientGuid": "ann", "ProblemStatusDescription": "Active Problem", **cells}

    inbox.full(
        CareRecord_Observation=[observation(each, EffectiveDate=f"2020-01-0{each}") for each in "1234"],
        CareRecord_Problem=[
            problem("1"),
            problem("2"),
            problem("3", EndDate="2021-01-01"),
            problem("4", ProblemStatusDescription="Past Problem"),
            problem("5", ProblemStatusDescription="Past Problem", PatientGuid="not there"),
        ],
    ).delta(CareRecord_Problem=[{"ObservationGuid": "2", "PatientGuid": "ann", "Deleted": "true"}])
    assert len(inbox.taken.event) == 4
    assert inbox.taken.left_out == {"ends of problems, whose codes count all the same": 2}
