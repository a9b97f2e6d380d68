"""What TPP SystmOne sends in its Strategic Reporting extract, and what becomes of it.

The columns are those of version 93, in which every file has RemovedData. Ids that are empty are -1.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from itertools import count, product
from pathlib import Path

import polars as pl
import pytest

from reachwell import drug_tariff
from reachwell.errors import DeliveryRejected
from reachwell.plugs import find_one
from reachwell.source import Source
from tests.sources.raw_delivery import EXTRACTED_ON, PRACTICE, RawFormat, Taken, taken

HEADERS = {
    "SRPatient": """
        RowIdentifier IDOrganisationVisibleTo Title FirstName MiddleNames Surname PreviousSurname NHSNumber
        DateBirth DateDeath BirthPlace Gender SpeaksEnglish EmailAddress TestPatient SSRef SpineMatched
        RemovedData
    """,
    "SRPatientRegistration": """
        RowIdentifier IDOrganisationVisibleTo DateEventRecorded IDProfileEnteredBy DateRegistration
        DateDeRegistration RegistrationStatus PreferredPharmacy IDPatient IDOrganisation
        IDOrganisationRegisteredAt RemovedData
    """,
    # As `pseudonymise` writes it.
    "SRPatientAddressHistory": """
        RowIdentifier IDPatient DateEvent DateTo HouseholdToken DeprivationDecile RemovedData
    """,
    "SRCode": """
        RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
        TextualEventDoneBy IDOrganisationDoneAt CTV3Code CTV3Text SNOMEDCode SNOMEDText NumericComparator
        IsNumeric NumericValue NumericUnit EpisodeType IDTemplate IDQuestionnaire IDEvent IDPatient
        IDReferralIn IDAppointment IDVisit IDOrganisation IDOrganisationRegisteredAt RemovedData
    """,
    "SRReferralOut": """
        RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
        TextualEventDoneBy IDOrganisationDoneAt TypeOfReferral Reason IDProfileReferrer ServiceOffered
        ReReferral Urgency PrimaryDiagnosis SNOMEDPrimaryDiagnosis RecipientID RecipientIDType IDEvent
        IDPatient IDOrganisation M101140ReasonForOutOfAreaReferralAdultAcuteMentalHealth
        IDOrganisationRegisteredAt RemovedData
    """,
    "SRAppointment": """
        RowIdentifier IDOrganisationVisibleTo DateStart DateEnd AppointmentStatus DateAppointmentBooked
        DatePatientArrival DatePatientSeen FollowUpAppointment TelephoneAppointment IDClinician
        IDProfileClinician RotaName RotaType RotaLocation RotaCode IDRotaOwner IDProfileRotaOwner
        AllowsOverbooking BookingContactNumber DateAppointmentCancelled IDRota IDReferralIn IDPatient
        IDOrganisation IDOrganisationRegisteredAt RemovedData
    """,
    "SREvent": """
        RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
        IDStaffMemberProfileRole TextualEventDoneBy IDOrganisationDoneAt IDAuthorisedBy IDProfileAuthorisedBy
        ContactEventLocation ContactMethod EventIncomplete ClinicalEvent IDReferralIn IDPatient IDOrganisation
        IDTeam IDBranch IDOrganisationRegisteredAt RemovedData
    """,
    "SRPrimaryCareMedication": """
        RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
        TextualEventDoneBy IDOrganisationDoneAt IDMultiLexProduct IDMultiLexPack IDMultiLexDMD
        NameOfMedication DateMedicationStart DateMedicationEnd MedicationDosage MedicationQuantity
        IsSupervised SupervisedDose UnsupervisedDose IsRepeatMedication IsOtherMedication IsDentalMedication
        IsHospitalMedication IDRepeatTemplate IDReferralIn IDEvent IDPatient IDOrganisation
        IDOrganisationRegisteredAt RemovedData
    """,
    "SRCtv3ToSnomed": "RowIdentifier IDOrganisationVisibleTo Ctv3Code SnomedCode RemovedData",
    "SRMapping": "RowIdentifier IdMappingGroup Mapping",
    "SRConfiguredListOption": """
        RowIdentifier ConfiguredList ConfiguredListOption CDSCode MHLDDSCode CAMHSCode MHSDSCode RemovedData
    """,
    "SRStaffMemberProfileRole": "RowIdentifier RoleDescription IsSpineRole DateLastAmended DateDeleted RemovedData",
}
SYSTMONE = RawFormat("systmone", "93", {name: text.split() for name, text in HEADERS.items()}, encoding="cp1252")

# What a cell holds where a test does not say: a woman of 1950, registered for GMS since 2001.
USUAL = {
    "SRPatient": {
        "RowIdentifier": "7",
        "DateBirth": "24 Mar 1950 00:00",
        "Gender": "F",
        "TestPatient": "FALSE",
        "FirstName": "Zoë",
        "SpeaksEnglish": "-1",
    },
    "SRPatientRegistration": {"DateRegistration": "01 Feb 2001 00:00:00", "RegistrationStatus": "GMS"},
    "SRCode": {
        "DateEvent": "05 May 2026 09:30:00",
        "DateEventRecorded": "06 May 2026 18:00:00",
        "SNOMEDCode": "-1",
        "IsNumeric": "FALSE",
        "NumericValue": "0.0",
        "IDEvent": "-1",
    },
    "SRReferralOut": {
        "DateEvent": "05 May 2026 09:30:00",
        "DateEventRecorded": "05 May 2026 09:31:00",
        "SNOMEDPrimaryDiagnosis": "-1",
        "RecipientID": "-1",
    },
    "SRAppointment": {
        "DateStart": "05 May 2026 09:30:00",
        "AppointmentStatus": "Finished",
        "TelephoneAppointment": "FALSE",
        "RotaName": "Dr Müller, Tuesdays",
    },
    "SREvent": {
        "DateEvent": "05 May 2026 09:30:00",
        "ContactMethod": "Face to face",
        "ClinicalEvent": "TRUE",
        "EventIncomplete": "FALSE",
        "IDStaffMemberProfileRole": "-1",
    },
    "SRPrimaryCareMedication": {
        "DateEvent": "05 May 2026 09:30:00",
        "DateMedicationStart": "05 May 2026 00:00:00",
        "DateMedicationEnd": "02 Jun 2026 00:00:00",
        "NameOfMedication": "Sertraline 50mg tablets",
        "IDMultiLexDMD": "-1",
        "MedicationQuantity": "28 tablet",
        "IsRepeatMedication": "FALSE",
        "IsOtherMedication": "FALSE",
        "IsDentalMedication": "FALSE",
        "IsHospitalMedication": "FALSE",
    },
}
ID_OF_ROW = count(1000)
DAY = date(2026, 5, 5)
Row = Mapping[str, str]
Tables = Mapping[str, Sequence[Row]]
Send = Callable[..., Taken]
Spans = list[tuple[str, str]]
Tariff = Sequence[tuple[str, float, str | None, float]]

# Real codes, so that their check digits fit.
SP_REFERRAL, LONELY, ASTHMA, PHQ9 = "871731000000106", "267076002", "195967001", "720433000"
PRODUCT, PACK = "42267511000001104", "994511000001109"


def whole(table: str, row: Row) -> Row:
    """A row as it is sent, with an id and what a test does not say."""
    cells = {"IDPatient": "7", "IDOrganisation": PRACTICE, "IDOrganisationVisibleTo": PRACTICE, "RemovedData": "0"}
    usual = {name: cell for name, cell in cells.items() if name in SYSTMONE.headers[table]}
    return {"RowIdentifier": str(next(ID_OF_ROW)), **usual, **USUAL.get(table, {}), **row}


def of_one_patient(tables: Tables) -> Tables:
    """The tables, with the usual patient and registration where a test sends none."""
    sent: Tables = {"SRPatient": [{}], "SRPatientRegistration": [{}], **tables}
    return {table: [whole(table, row) for row in rows] for table, rows in sent.items()}


@pytest.fixture
def send(tmp_path: Path) -> Send:
    """Send one full extract: what becomes of it. No row may turn out bad."""

    def sent(tariff: Tariff = (), extracted_on: date = EXTRACTED_ON, **tables: Sequence[Row]) -> Taken:
        prices = pl.DataFrame(tariff, schema=drug_tariff.SCHEMA, orient="row")
        found = taken(SYSTMONE.deliver(tmp_path, of_one_patient(tables), extracted_on=extracted_on), tariff=prices)
        assert found.bad == {}
        return found

    return sent


def of_may(number: int) -> str:
    """A day of May 2026, as it is sent."""
    return f"{number:02} May 2026 09:30:00"


def a_day_each(column: str, rows: Iterable[Row]) -> list[Row]:
    """The rows on the first of May, the second and so on."""
    return [{**row, column: of_may(number)} for number, row in enumerate(rows, start=1)]


def by_day(rows: Iterable[Mapping[str, object]], *columns: str) -> list[object]:
    """What the rows say, in the order of their days."""
    ordered = sorted(rows, key=lambda row: str(row["on_date"]))
    return [row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns) for row in ordered]


# Patients and registrations


def test_a_patient_is_known_by_the_row_of_the_patient_table_and_its_organisation(send: Send) -> None:
    assert send().patient == [
        {
            "practice_id": PRACTICE,
            "patient_id": "7",
            "sex": "female",
            "birth_month": date(1950, 3, 1),
            "registered_on": date(2001, 2, 1),
            "deregistered_on": None,
            "died_on": None,
            "imd_decile": None,
            "ethnicity": None,
            "household_id": None,
            "care_home": None,
        }
    ]


def test_an_organisations_id_may_be_in_small_letters(send: Send) -> None:
    small = {"IDOrganisationVisibleTo": PRACTICE.lower()}
    registration = {**small, "IDOrganisation": PRACTICE.lower()}
    found = send(SRPatient=[small], SRPatientRegistration=[registration], SRCode=[{"CTV3Code": "XE0YX"}],
                 SRAppointment=[{}], SREvent=[{}], SRPrimaryCareMedication=[{}])  # fmt: skip
    assert {row["practice_id"] for rows in found.tables.values() for row in rows} == {PRACTICE}


def test_an_extract_of_another_practice_than_the_manifests_is_bad(tmp_path: Path) -> None:
    found = taken(SYSTMONE.deliver(tmp_path, of_one_patient({}), practice="B83001"))
    assert found.bad == {("patient", "practice is not B83001"): 1}


def test_sex(send: Send) -> None:
    expected = {
        "M": "male", "F": "female", "I": "indeterminate", "U": "unknown", "": "unknown", "Male": "male",
        "female": "female", "Indeterminate": "indeterminate", "Not known": "unknown",
    }  # fmt: skip
    found = send(SRPatient=[{"RowIdentifier": f"{gender}.", "Gender": gender} for gender in expected],
                 SRPatientRegistration=[{"IDPatient": f"{gender}."} for gender in expected])  # fmt: skip
    assert {row["patient_id"]: row["sex"] for row in found.patient} == {
        f"{each}.": sex for each, sex in expected.items()
    }


def test_a_death_that_is_blank_or_never_is_none(send: Send) -> None:
    days = {"1": "", "2": "31 Dec 9999 00:00", "3": "02 Nov 2026 23:59"}
    found = send(SRPatient=[{"RowIdentifier": patient, "DateDeath": day} for patient, day in days.items()],
                 SRPatientRegistration=[{"IDPatient": patient} for patient in days])  # fmt: skip
    assert [row["died_on"] for row in found.patient] == [None, None, date(2026, 11, 2)]


def test_test_patients_are_left_out_and_counted(send: Send) -> None:
    found = send(SRPatient=[{}, {"RowIdentifier": "8", "TestPatient": "TRUE"}],
                 SRPatientRegistration=[{}, {"IDPatient": "8"}])  # fmt: skip
    assert [row["patient_id"] for row in found.patient] == ["7"]
    assert found.left_out == {"test patients": 1}


def test_a_registration_status_may_be_a_list_that_holds_gms(send: Send) -> None:
    gms = ["GMS", "gms", "GMS,Contraception", "Contraception, GMS", "Minor Surgery,GMS"]
    others = ["Temporary", "Private", "", "Applied", "Contraception", "Not GMS"]
    found = send(SRPatient=[{"RowIdentifier": f"{status}."} for status in gms + others],
                 SRPatientRegistration=[{"IDPatient": f"{each}.", "RegistrationStatus": each} for each in gms + others],
                 SRCode=[{"IDPatient": f"{each}.", "CTV3Code": "XE0YX"} for each in gms + others])  # fmt: skip
    assert {row["patient_id"] for row in found.patient} == {f"{status}." for status in gms}
    assert found.left_out == {
        "registrations that are not GMS": len(others),
        "patients without a GMS registration with the practice": len(others),
        "coded entries of patients who are not taken over": len(others),
    }


def test_registrations_elsewhere_are_left_out_and_counted(send: Send) -> None:
    later = {"DateRegistration": "01 Feb 2020 00:00:00", "IDOrganisation": "B83001"}
    found = send(SRPatient=[{"RowIdentifier": patient} for patient in "12345"],
                 SRPatientRegistration=[
                     {"IDPatient": "1"},
                     # A blank organisation is this one.
                     {"IDPatient": "2", "IDOrganisation": ""},
                     {"IDPatient": "3", "IDOrganisation": "-1"},
                     {"IDPatient": "4", "IDOrganisation": "B83001"},
                     {"IDPatient": "4", "IDOrganisationVisibleTo": ""},
                     {"IDPatient": "5", "DateDeRegistration": "31 Jan 2020 00:00:00"},
                     {**later, "IDPatient": "5"},
                 ])  # fmt: skip
    assert {row["patient_id"]: row["deregistered_on"] for row in found.patient} == {
        "1": None, "2": None, "3": None, "5": date(2020, 1, 31),
    }  # fmt: skip
    assert found.left_out == {
        "registrations elsewhere": 3,
        "patients without a GMS registration with the practice": 1,
    }


def test_which_registration_counts(send: Send) -> None:
    # The years in which registrations began and ended, and those of the one that counts.
    cases: list[tuple[Spans, tuple[str, str]]] = [
        ([("2001", "")], ("2001", "")),
        ([("2001", "9999")], ("2001", "")),
        ([("2001", "2010")], ("2001", "2010")),
        # Whoever left and came back is there since coming back.
        ([("2001", "2010"), ("2015", "")], ("2015", "")),
        ([("2015", ""), ("2001", "2010")], ("2015", "")),
        ([("2001", "2010"), ("2015", "2020")], ("2015", "2020")),
        # Registrations overlap: an older one that goes on outlasts a younger one that has ended.
        ([("2001", ""), ("2015", "2020")], ("2001", "")),
        ([("2001", "2020"), ("2005", "2010")], ("2001", "2020")),
        ([("2001", ""), ("2015", "9999")], ("2015", "")),
        ([("2015", "9999"), ("2001", "")], ("2015", "")),
        # An end that lies ahead is passed on as it is.
        ([("2001", "2026")], ("2001", "2026")),
    ]
    found = send(
        SRPatient=[{"RowIdentifier": f"{case}"} for case, _ in enumerate(cases)],
        SRPatientRegistration=[
            {"IDPatient": f"{case}", "DateRegistration": f"31 Dec {start} 00:00:00",
             "DateDeRegistration": f"31 Dec {end} 00:00:00" if end else ""}
            for case, (spans, _) in enumerate(cases) for start, end in spans
        ],
    )  # fmt: skip
    spans_of = {int(row["patient_id"]): (row["registered_on"], row["deregistered_on"]) for row in found.patient}
    assert {case: (f"{start.year}", f"{end.year}" if end else "") for case, (start, end) in spans_of.items()} == {
        case: expected for case, (_, expected) in enumerate(cases)
    }


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        ([], (None, None)),
        ([("01 May 2019 14:03:00", "", "HK23", "4")], ("HK23", 4)),
        # One that has ended is no home any more, and the newest of several is.
        ([("01 May 2019 14:03:00", "01 Jun 2020 00:00:00", "HK23", "4")], (None, None)),
        ([("01 May 2019 14:03:00", "", "HK23", "4"), ("02 May 2021 10:00:00", "", "MP46", "9")], ("MP46", 9)),
        ([("02 May 2021 10:00:00", "", "MP46", ""), ("", "", "HK23", "4")], ("MP46", None)),
        ([("01 May 2019 14:03:00", "31 Dec 9999 00:00:00", "", "4")], (None, 4)),
    ],
)
def test_where_a_patient_lives_is_the_newest_address_that_has_not_ended(
    addresses: list[tuple[str, ...]], expected: tuple[str | None, int | None], send: Send
) -> None:
    names = ("DateEvent", "DateTo", "HouseholdToken", "DeprivationDecile")
    (row,) = send(SRPatientAddressHistory=[dict(zip(names, each, strict=True)) for each in addresses]).patient
    assert (row["household_id"], row["imd_decile"]) == expected


# Codes


def test_a_snomed_code_is_taken_where_there_is_one(send: Send) -> None:
    assert send(SRCode=[{"CTV3Code": "XE0YX", "SNOMEDCode": ASTHMA}]).event == [
        {
            "practice_id": PRACTICE,
            "patient_id": "7",
            "code": ASTHMA,
            "system": "snomed",
            "on_date": DAY,
            "recorded_on": date(2026, 5, 6),
            "value": None,
            "unit": None,
        }
    ]


def test_otherwise_the_ctv3_code_is_translated(send: Send) -> None:
    found = send(SRCode=a_day_each("DateEvent", [{"CTV3Code": "XE0YX", "SNOMEDCode": empty} for empty in ("-1", "")]),
                 SRCtv3ToSnomed=[{"Ctv3Code": "XE0YX", "SnomedCode": ASTHMA}])  # fmt: skip
    assert by_day(found.event, "system", "code") == [("snomed", ASTHMA), ("snomed", ASTHMA)]


def test_ctv3_codes_differ_by_the_size_of_their_letters(send: Send) -> None:
    found = send(SRCode=a_day_each("DateEvent", [{"CTV3Code": "XaaEC"}, {"CTV3Code": "XaAec"}]),
                 SRCtv3ToSnomed=[{"Ctv3Code": "XaaEC", "SnomedCode": SP_REFERRAL}])  # fmt: skip
    assert by_day(found.event, "system", "code") == [("snomed", SP_REFERRAL), ("ctv3", "XaAec")]


def test_a_ctv3_code_without_one_certain_translation_is_kept_as_it_is(send: Send) -> None:
    translations = {
        "none..": [], "empty.": ["-1"], "blank.": [""], "two...": [ASTHMA, LONELY], "twice.": [ASTHMA, ASTHMA],
    }  # fmt: skip
    found = send(SRCode=a_day_each("DateEvent", [{"CTV3Code": ctv3} for ctv3 in translations]),
                 SRCtv3ToSnomed=[{"Ctv3Code": ctv3, "SnomedCode": snomed}
                                 for ctv3, codes in translations.items() for snomed in codes])  # fmt: skip
    assert by_day(found.event, "system", "code") == [
        ("ctv3", "none.."), ("ctv3", "empty."), ("ctv3", "blank."), ("ctv3", "two..."), ("snomed", ASTHMA),
    ]  # fmt: skip


def test_codes_that_begin_with_y_are_the_suppliers_own_and_never_translated(send: Send) -> None:
    found = send(SRCode=[{"CTV3Code": "Y1234"}], SRCtv3ToSnomed=[{"Ctv3Code": "Y1234", "SnomedCode": ASTHMA}])
    assert by_day(found.event, "system", "code") == [("local", "Y1234")]


def test_entries_without_a_code_are_left_out_and_counted(send: Send) -> None:
    found = send(SRCode=[{"CTV3Code": "-1"}, {"CTV3Code": ""}])
    assert found.event == []
    assert found.left_out == {"coded entries without a code": 2}


def test_a_code_may_have_no_day_or_none_that_is_known(send: Send) -> None:
    found = send(SRCode=[{"CTV3Code": code, "DateEvent": day, "DateEventRecorded": ""}
                         for code, day in (("XE0YX", ""), ("XaaEC", "31 Dec 9999 00:00:00"))])  # fmt: skip
    assert by_day(found.event, "on_date", "recorded_on") == [(None, None), (None, None)]


def test_a_value_is_one_only_where_it_is_said_to_be_numeric(send: Send) -> None:
    cases = [
        ("TRUE", "14.0", 14.0), ("TRUE", "0", 0.0), ("FALSE", "0", None), ("FALSE", "0.0", None), ("FALSE", "-1", None),
        ("FALSE", "-1.0", None), ("FALSE", "14.0", None),
        # The oldest files do not have the column.
        ("", "14.0", 14.0), ("", "0", None), ("", "0.0", None), ("", "-1", None), ("", "-1.0", None), ("", "", None),
    ]  # fmt: skip
    rows = [{"SNOMEDCode": PHQ9, "NumericUnit": "{score}", "IsNumeric": numeric, "NumericValue": number}
            for numeric, number, _ in cases]  # fmt: skip
    assert by_day(send(SRCode=a_day_each("DateEvent", rows)).event, "value", "unit") == [
        (value, None if value is None else "{score}") for *_, value in cases
    ]


# Referrals


def test_a_referrals_code_is_an_event(send: Send) -> None:
    referrals = [{"PrimaryDiagnosis": "XaaEC", "SNOMEDPrimaryDiagnosis": SP_REFERRAL}, {"PrimaryDiagnosis": "XE0YX"}]
    found = send(SRReferralOut=a_day_each("DateEvent", referrals),
                 SRCtv3ToSnomed=[{"Ctv3Code": "XE0YX", "SnomedCode": ASTHMA}])  # fmt: skip
    assert by_day(found.event, "system", "code", "recorded_on", "value") == [
        ("snomed", SP_REFERRAL, DAY, None),
        ("snomed", ASTHMA, DAY, None),
    ]


def test_a_referral_that_is_a_coded_entry_of_the_day_too_counts_once(send: Send) -> None:
    entries = [{"SNOMEDCode": SP_REFERRAL, "CTV3Code": "XaaEC"}, {"CTV3Code": "XaaEC"}]
    ctv3 = {"PrimaryDiagnosis": "XaaEC"}
    referrals = [{"SNOMEDPrimaryDiagnosis": SP_REFERRAL, "PrimaryDiagnosis": "Xother"}, ctv3, ctv3]
    found = send(SRCode=a_day_each("DateEvent", entries),
                 SRReferralOut=[*a_day_each("DateEvent", referrals), {**ctv3, "DateEvent": ""}])  # fmt: skip
    assert by_day(found.event, "on_date", "code") == [
        (date(2026, 5, 1), SP_REFERRAL), (date(2026, 5, 2), "XaaEC"), (date(2026, 5, 3), "XaaEC"), (None, "XaaEC"),
    ]  # fmt: skip
    assert found.left_out == {"referrals that are coded entries too": 2}


def test_referrals_without_a_code_are_left_out_and_counted(send: Send) -> None:
    found = send(SRReferralOut=[{"PrimaryDiagnosis": ""}, {"PrimaryDiagnosis": "-1"}])
    assert found.event == []
    assert found.left_out == {"referrals without a code": 2}


# Appointments


def test_an_appointment(send: Send) -> None:
    assert send(SRAppointment=[{"RotaType": "GP Surgery"}]).contact == [
        {
            "practice_id": PRACTICE,
            "patient_id": "7",
            "on_date": DAY,
            "kind": "gp",
            "mode": "face to face",
            "status": "attended",
        }
    ]


@pytest.mark.parametrize("by_id", [False, True], ids=["as text", "as the id of a text"])
def test_an_appointments_status(send: Send, by_id: bool) -> None:
    expected = {
        "Arrived": "attended", "In Progress": "attended", "Finished": "attended", "Visit": "attended",
        "Waiting": "attended", "Patient Walked Out": "attended", "Did Not Attend": "missed", "DNA": "missed",
        "No Access Visit": "missed", "Cancelled by Patient": "cancelled", "Cancelled by Unit": "cancelled",
        "Cancelled by Other Service": "cancelled", "Cancelled Due To Death": "cancelled",
    }  # fmt: skip
    ids = {words: f"{number}" for number, words in enumerate([*expected, "Booked", "Requested", "Blocked"], start=31)}
    rows = a_day_each("DateStart", [{"AppointmentStatus": ids[words] if by_id else words} for words in ids])
    texts = [{"RowIdentifier": each, "Mapping": words} for words, each in ids.items() if by_id]
    found = send(SRAppointment=rows, SRMapping=texts)
    assert by_day(found.contact, "status") == [*expected.values()]
    assert found.left_out == {"appointments that are only booked, requested or blocked": 3}


def test_appointments_whose_status_is_not_known_are_left_out_and_counted(send: Send) -> None:
    found = send(SRAppointment=[{"AppointmentStatus": status} for status in ("31", "-1", "")],
                 SRMapping=[{"RowIdentifier": "4", "Mapping": "Finished"}])  # fmt: skip
    assert found.contact == []
    assert found.left_out == {"appointments whose status is not known": 3}


def test_appointments_without_a_patient_or_a_day_are_left_out_and_counted(send: Send) -> None:
    found = send(SRAppointment=[{"IDPatient": "-1"}, {"IDPatient": ""}, {"DateStart": ""}])
    assert found.contact == []
    assert found.left_out == {"appointments without a patient": 2, "appointments without a day": 1}


def test_an_appointment_that_is_there_twice_counts_once(send: Send) -> None:
    assert by_day(send(SRAppointment=2 * [{"AppointmentStatus": "DNA"}]).contact, "status") == ["missed"]


def test_how_an_appointment_was_held(send: Send) -> None:
    rows = [{"TelephoneAppointment": "TRUE"}, {"TelephoneAppointment": "FALSE"}, {"TelephoneAppointment": ""},
            {"AppointmentStatus": "Visit"}]  # fmt: skip
    found = send(SRAppointment=a_day_each("DateStart", rows))
    assert by_day(found.contact, "mode") == ["telephone", "face to face", "face to face", "home"]


def test_whom_an_appointment_is_with_is_told_by_the_type_of_its_rota(send: Send) -> None:
    expected = {
        "GP Surgery": "gp", "Duty doctor": "gp", "Dr": "gp", "Practice Nurse": "nurse", "Nurses with a GP": "nurse",
        "Physiotherapy": "other", "Drop-in": "other", "": "other",
    }  # fmt: skip
    found = send(SRAppointment=a_day_each("DateStart", [{"RotaType": words} for words in expected]))
    assert by_day(found.contact, "kind") == [*expected.values()]


# Events


@pytest.mark.parametrize("by_id", [False, True], ids=["as text", "as the id of an option"])
def test_an_event_with_the_patient_is_a_contact(send: Send, by_id: bool) -> None:
    expected = {
        "Face to face": "face to face", "Face-to-face contact": "face to face", "Telephone": "telephone",
        "Telephone call to patient": "telephone", "Home visit": "home", "Visit": "home",
        "Video consultation": "online", "Online consultation": "online", "eConsult": "online",
    }  # fmt: skip
    others = [
        "Letter", "Results", "Email", "Text message", "Administration", "No access visit", "Failed telephone call",
        "Telephone call without patient", "Did not attend face to face",
    ]  # fmt: skip
    ids = {words: f"{number}" for number, words in enumerate([*expected, *others], start=812)}
    rows = a_day_each("DateEvent", [{"ContactMethod": ids[words] if by_id else words} for words in ids])
    options = [{"RowIdentifier": each, "ConfiguredListOption": words} for words, each in ids.items() if by_id]
    found = send(SREvent=rows, SRConfiguredListOption=options)
    assert by_day(found.contact, "mode", "kind", "status") == [
        (mode, "other", "attended") for mode in expected.values()
    ]
    assert found.left_out == {"letters, results and other events without the patient": len(others)}


def test_events_whose_contact_method_is_not_known_are_left_out_and_counted(send: Send) -> None:
    found = send(SREvent=[{"ContactMethod": method} for method in ("812", "-1", "")])
    assert found.contact == []
    assert found.left_out == {"letters, results and other events without the patient": 3}


def test_events_that_are_not_clinical_not_complete_or_of_no_day_are_left_out_and_counted(send: Send) -> None:
    found = send(
        SREvent=[{"ClinicalEvent": "FALSE"}, {"ClinicalEvent": ""}, {"EventIncomplete": "TRUE"}, {"DateEvent": ""}]
    )
    assert found.contact == []
    assert found.left_out == {
        "events that are not clinical": 2,
        "events that are not complete": 1,
        "events without a day": 1,
    }


def test_whom_an_event_is_with_is_told_by_the_role(send: Send) -> None:
    expected = {
        "General Medical Practitioner": "gp", "Salaried GP": "gp", "Specialist Registrar": "gp",
        "Nurse Practitioner": "nurse", "Pharmacist": "other", "": "other",
    }  # fmt: skip
    rows = [{"IDStaffMemberProfileRole": f"{number}"} for number, _ in enumerate(expected)]
    roles = [{"RowIdentifier": f"{number}", "RoleDescription": words} for number, words in enumerate(expected)]
    found = send(SREvent=a_day_each("DateEvent", rows), SRStaffMemberProfileRole=roles)
    assert by_day(found.contact, "kind") == [*expected.values()]


# Medicines


def test_an_issue(send: Send) -> None:
    assert send(SRPrimaryCareMedication=[{"IDMultiLexDMD": PRODUCT}]).medicine == [
        {
            "practice_id": PRACTICE,
            "patient_id": "7",
            "on_date": DAY,
            "code": PRODUCT,
            "name": "Sertraline 50mg tablets",
            "cost_pence": None,
        }
    ]


def test_an_issue_without_a_dmd_code_keeps_its_name(send: Send) -> None:
    rows = a_day_each("DateMedicationStart", [{"IDMultiLexDMD": "-1"}, {"IDMultiLexDMD": ""}])
    found = send(SRPrimaryCareMedication=rows)
    assert by_day(found.medicine, "code", "name") == 2 * [(None, "Sertraline 50mg tablets")]


def test_an_issue_counts_on_the_day_it_starts(send: Send) -> None:
    rows = [{"DateMedicationStart": of_may(7), "DateEvent": of_may(5)},
            {"DateMedicationStart": "", "DateEvent": of_may(5)},
            # An acute issue, written weeks ahead.
            {"DateMedicationStart": "24 Dec 2026 00:00:00", "DateEvent": of_may(5)}]  # fmt: skip
    found = send(extracted_on=date(2026, 12, 31), SRPrimaryCareMedication=rows)
    assert by_day(found.medicine, "on_date") == [DAY, date(2026, 5, 7), date(2026, 12, 24)]


def test_issues_without_a_day_are_left_out_and_counted(send: Send) -> None:
    found = send(SRPrimaryCareMedication=[{"DateMedicationStart": "", "DateEvent": ""}])
    assert found.medicine == []
    assert found.left_out == {"medicines without a day": 1}


def test_medicines_that_others_gave_are_left_out_and_counted(send: Send) -> None:
    others = ("IsHospitalMedication", "IsDentalMedication", "IsOtherMedication")
    found = send(SRPrimaryCareMedication=[{flag: "TRUE"} for flag in others])
    assert found.medicine == []
    assert found.left_out == {"medicines that were recorded but not issued here: hospital, dental and others": 3}


def costs(send: Send, issues: Iterable[tuple[str, str]], tariff: Tariff) -> list[int | None]:
    """What issues cost, each given by its product's code and its quantity."""
    rows = [{"IDMultiLexDMD": code, "MedicationQuantity": quantity, "NameOfMedication": f"{number:03}"}
            for number, (code, quantity) in enumerate(issues)]  # fmt: skip
    found = send(tariff, SRPrimaryCareMedication=rows)
    return [row["cost_pence"] for row in sorted(found.medicine, key=lambda row: str(row["name"]))]


ONE_PACK: Tariff = [(PRODUCT, 28, "tablet", 100)]


@pytest.mark.parametrize(
    ("tariff", "expected"),
    [
        # The last one comes to two and a half pence, and halves are rounded up.
        (ONE_PACK, {"28 tablet": 100, "56 tablet": 200, "7 tablet": 25, "0.7 tablet": 3}),
        # A pack of just that size, though the other is cheaper by the tablet; none has 56, so the cheapest.
        (
            [*ONE_PACK, (PRODUCT, 100, "tablet", 300)],
            {"28 tablet": 100, "56 tablet": 168, "100 tablet": 300},
        ),
        # Nothing says how many tablets there are.
        (
            ONE_PACK,
            dict.fromkeys(["", "28", "tablet", "0 tablet", "2 x 28 tablet", "1 pack of 28 tablet", "1 pack", "2 OP",
                           "1,000 tablet", "1.2.3 tablet"]),
        ),
        ([], {"28 tablet": None}),
        ([(PACK, 28, "tablet", 100)], {"28 tablet": None}),
    ],
    ids=["one pack size", "two pack sizes", "no number of units", "no tariff", "not in the tariff"],
)  # fmt: skip
def test_what_an_issue_costs_is_worked_out_from_the_drug_tariff(
    send: Send, tariff: Tariff, expected: dict[str, int | None]
) -> None:
    assert costs(send, [(PRODUCT, quantity) for quantity in expected], tariff) == [*expected.values()]


def test_a_unit_may_be_written_in_several_ways(send: Send) -> None:
    written = {
        "tablet": ["tablet", "tablets", "tablet(s)", "Tablet", "TABLETS"],
        "ml": ["ml", "mls", "ML"],
        "gram": ["gram", "grams"],
        "dose": ["dose", "doses", "dose(s)"],
        "patch": ["patch", "patches", "patch(es)"],
        "suppository": ["suppository", "suppositories"],
        "pre-filled disposable injection": ["pre-filled disposable injection", "pre-filled disposable injections"],
    }
    # The products' codes are the units' names.
    issues = [(unit, f"28{space}{word}") for unit, words in written.items() for word in words for space in (" ", "")]
    found = costs(send, issues, [(unit, 28, unit, 100) for unit in written])
    assert [issue for issue, pence in zip(issues, found, strict=True) if pence != 100] == []


def test_what_the_drug_tariff_counts_in_another_unit_has_no_price(send: Send) -> None:
    cases = [
        ("dose", "1 inhaler"), ("dose", "1 device"), ("ml", "2 vial"), ("ml", "1 spray"), ("tablet", "28 capsule"),
        ("pre-filled disposable injection", "1 injection"), ("gram", "1 mg"), (None, "28 tablet"), (None, "28"),
    ]  # fmt: skip
    issues = [(f"{number}", quantity) for number, (_, quantity) in enumerate(cases)]
    tariff: Tariff = [(f"{number}", 200, unit, 150) for number, (unit, _) in enumerate(cases)]
    assert costs(send, issues, tariff) == [None] * len(cases)


def test_of_a_products_packs_those_in_the_quantitys_unit_count(send: Send) -> None:
    tariff: Tariff = [(PRODUCT, 200, "dose", 150), (PRODUCT, 1, "device", 170)]
    assert costs(send, [(PRODUCT, "1 device"), (PRODUCT, "200 dose")], tariff) == [170, 150]


def test_an_issue_may_be_of_a_pack_and_one_without_a_code_has_no_price(send: Send) -> None:
    rows = [{"IDMultiLexDMD": PACK}, {"IDMultiLexDMD": "-1"}, {"IDMultiLexDMD": ""}]
    found = send([(PACK, 28, "tablet", 100)], SRPrimaryCareMedication=a_day_each("DateMedicationStart", rows))
    assert by_day(found.medicine, "code", "cost_pence") == [(PACK, 100), (None, None), (None, None)]


# All files


def test_rows_of_patients_who_are_not_taken_over_are_left_out_and_counted(send: Send) -> None:
    # A test patient, one without a GMS registration, one who is not in the extract, and nobody.
    theirs = [{"IDPatient": patient} for patient in ("8", "9", "10", "")]
    found = send(
        SRPatient=[{"RowIdentifier": "8", "TestPatient": "TRUE"}, {"RowIdentifier": "9"}],
        SRPatientRegistration=[
            {"IDPatient": "8"},
            {"IDPatient": "9", "RegistrationStatus": "Private"},
            {"IDPatient": ""},
        ],
        SRCode=[{**row, "CTV3Code": "XE0YX"} for row in theirs],
        SRReferralOut=[{**row, "PrimaryDiagnosis": "XaaEC"} for row in theirs],
        SRAppointment=theirs[:3],
        SREvent=theirs,
        SRPrimaryCareMedication=theirs,
    )
    assert not any(found.tables.values())
    assert found.left_out == {
        "test patients": 1,
        "patients without a GMS registration with the practice": 1,
        "registrations that are not GMS": 1,
        "coded entries of patients who are not taken over": 4,
        "referrals of patients who are not taken over": 4,
        "appointments of patients who are not taken over": 3,
        "events of patients who are not taken over": 4,
        "medicines of patients who are not taken over": 4,
    }


def test_every_row_is_taken_over_or_counted(send: Send) -> None:
    choices: dict[str, dict[str, list[str]]] = {
        "SRCode": {"IDPatient": ["7", "8"], "DateEvent": [of_may(1), ""], "CTV3Code": ["XE0YX", "Y1234", "-1"]},
        "SRReferralOut": {"IDPatient": ["7", "8"], "DateEvent": [of_may(1), ""], "PrimaryDiagnosis": ["XE0YX", ""]},
        "SRAppointment": {
            "IDPatient": ["7", "8", "-1"], "DateStart": [of_may(1), ""],
            "AppointmentStatus": ["Waiting", "Booked", "DNA", "9"],
        },
        "SREvent": {
            "IDPatient": ["7", "8"], "DateEvent": [of_may(1), ""], "ContactMethod": ["Telephone", "Letter"],
            "ClinicalEvent": ["TRUE", "FALSE"], "EventIncomplete": ["TRUE", "FALSE"],
        },
        "SRPrimaryCareMedication": {
            "IDPatient": ["7", "8"], "DateMedicationStart": [of_may(1), ""], "DateEvent": [""],
            "IsOtherMedication": ["TRUE", "FALSE"],
        },
    }  # fmt: skip
    sent = {table: [dict(zip(cells, each, strict=True)) for each in product(*cells.values())]
            for table, cells in choices.items()}  # fmt: skip
    found = send(**sent)
    taken_over = len(found.event) + len(found.contact) + len(found.medicine)
    assert taken_over + sum(found.left_out.values()) == sum(map(len, sent.values()))


@pytest.mark.parametrize(
    ("table", "ours"),
    [
        ("SRPatient", "patient"), ("SRPatientRegistration", "patient"), ("SRCode", "event"), ("SRReferralOut", "event"),
        ("SRAppointment", "contact"), ("SREvent", "contact"), ("SRPrimaryCareMedication", "medicine"),
    ],
)  # fmt: skip
def test_a_removed_row_is_gone_whether_it_comes_whole_or_as_its_id_alone(tmp_path: Path, table: str, ours: str) -> None:
    coded = {name: "XE0YX" for name in ("CTV3Code", "PrimaryDiagnosis") if name in SYSTMONE.headers[table]}
    rows = [{**coded, "RowIdentifier": "7"}]
    before = SYSTMONE.deliver(tmp_path, of_one_patient({table: rows}))
    assert len(taken(before).tables[ours]) == 1
    for removed in ({"RowIdentifier": "7", "RemovedData": "1"}, {**whole(table, rows[0]), "RemovedData": "1"}):
        after = SYSTMONE.deliver(tmp_path, {table: [removed]}, is_delta=True, extracted_on=date(2026, 11, 22))
        found = taken(before, after)
        assert found.tables[ours] == []
        assert found.bad == {}


@pytest.mark.parametrize(
    ("reference", "row", "table", "referring", "ours", "now"),
    [
        ("SRCtv3ToSnomed", {"Ctv3Code": "XE0YX", "SnomedCode": ASTHMA}, "SRCode", {"CTV3Code": "XE0YX"}, "event", 1),
        ("SRMapping", {"Mapping": "Finished"}, "SRAppointment", {"AppointmentStatus": "31"}, "contact", 0),
        ("SRConfiguredListOption", {"ConfiguredListOption": "Visit"}, "SREvent", {"ContactMethod": "31"}, "contact", 0),
    ],
)  # fmt: skip
def test_what_a_number_or_code_means_may_come_later(
    tmp_path: Path, reference: str, row: Row, table: str, referring: Row, ours: str, now: int
) -> None:
    before = SYSTMONE.deliver(tmp_path, of_one_patient({table: [referring]}))
    later = {reference: [whole(reference, {"RowIdentifier": "31", **row})]}
    after = SYSTMONE.deliver(tmp_path, later, is_delta=True, extracted_on=date(2026, 11, 22))
    assert len(taken(before).tables[ours]) == now
    (found,) = taken(before, after).tables[ours]
    assert found.get("code", ASTHMA) == ASTHMA


def test_an_older_version_lacks_some_columns_and_files(tmp_path: Path) -> None:
    lacking = {"RemovedData", "SNOMEDCode", "SNOMEDText", "SNOMEDPrimaryDiagnosis", "IsNumeric", "IDQuestionnaire"}
    headers = {table: [name for name in names if name not in lacking] for table, names in SYSTMONE.headers.items()}
    oldest = RawFormat("systmone", "87", headers, encoding="cp1252")
    sent = of_one_patient({
        "SRCode": [{"CTV3Code": "XE0YX", "NumericValue": "14.0"}],
        "SRReferralOut": [{"PrimaryDiagnosis": "XaaEC", "DateEvent": of_may(6)}],
        "SRAppointment": [{"TelephoneAppointment": "TRUE"}],
        "SREvent": [{}],
        "SRPrimaryCareMedication": [{}],
    })  # fmt: skip
    rows = {table: [{name: row[name] for name in row.keys() - lacking} for row in each] for table, each in sent.items()}
    absent = ("SRCtv3ToSnomed", "SRMapping", "SRConfiguredListOption", "SRStaffMemberProfileRole")
    found = taken(oldest.deliver(tmp_path, rows, without=absent))
    assert found.bad == {}
    assert found.left_out == {}
    assert by_day(found.event, "code", "value") == [("XE0YX", 14.0), ("XaaEC", None)]
    assert [len(found.patient), len(found.contact), len(found.medicine)] == [1, 2, 1]


def test_nothing_that_names_a_person_is_read() -> None:
    tables = Source.read(find_one("sql/sources", "systmone", None)).reads
    naming = "Title FirstName MiddleNames Surname PreviousSurname NHSNumber BirthPlace EmailAddress SSRef RotaName"
    assert not {column.name for table in tables for column in table.columns} & {*naming.split(), "TextualEventDoneBy"}


def test_appointments_without_the_texts_of_their_statuses_are_refused(send: Send) -> None:
    rows = [{"AppointmentStatus": "31"}] * 1000
    with pytest.raises(DeliveryRejected, match="SRMapping has not half of the statuses"):
        send(SRAppointment=rows, SRMapping=[{"RowIdentifier": "4", "Mapping": "Finished"}])
    assert send(SRAppointment=rows, SRMapping=[{"RowIdentifier": "31", "Mapping": "Finished"}]).contact != []


@pytest.mark.parametrize(
    "mark", [b"\xef\xbb\xbf", b""], ids=["saved again as UTF-8", "a byte Windows has no letter for"]
)
def test_letters_that_are_not_windows_own_stop_nothing(tmp_path: Path, mark: bytes) -> None:
    rows = {"SRPatient": [whole("SRPatient", {})], "SRPatientRegistration": [whole("SRPatientRegistration", {})]}
    delivery = SYSTMONE.deliver(tmp_path, rows)
    file = delivery.folder / "SRPatient.csv"
    told = file.read_bytes()
    file.write_bytes(mark + told.decode("cp1252").encode() if mark else told.replace(b"Zo\xeb", b"Zo\x81"))
    assert file.read_bytes() != told
    assert [row["patient_id"] for row in taken(delivery).patient] == ["7"]
