"""EMIS as it writes its bulk extract: every column of each version, and rows as most of them are."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from tests.sources.raw_delivery import PRACTICE, RawDelivery, RawFormat, Taken, taken

AGREEMENT = "F95EE3AF-0B9D-40EB-8B28-8E858EF0091F"
# Every column of version 5.4, in order.
V5_4 = {
    "Admin_Patient": """PatientGuid OrganisationGuid UsualGpUserInRoleGuid Sex DateOfBirth DateOfDeath Title GivenName
        MiddleNames Surname DateOfRegistration NhsNumber PatientNumber PatientTypeDescription DummyType
        HouseNameFlatNumber NumberAndStreet Village Town County Postcode ResidentialInstituteCode NHSNumberStatus
        CarerName CarerRelation PersonGuid DateOfDeactivation Deleted SpineSensitive IsConfidential EmailAddress
        HomePhone MobilePhone ExternalUsualGPGuid ExternalUsualGP ExternalUsualGPOrganisation ProcessingId""",
    "Admin_Organisation": """OrganisationGuid CDB OrganisationName ODSCode ParentOrganisationGuid CCGOrganisationGuid
        OrganisationType OpenDate CloseDate MainLocationGuid ProcessingId""",
    "Admin_UserInRole": """UserInRoleGuid OrganisationGuid Title GivenName Surname JobCategoryCode JobCategoryName
        ContractStartDate ContractEndDate ProcessingId""",
    "Agreements_SharingOrganisation": "OrganisationGuid IsActivated LastModifiedDate Disabled Deleted",
    "Appointment_Session": """AppointmentSessionGuid Description LocationGuid SessionTypeDescription
        SessionCategoryDisplayName StartDate StartTime EndDate EndTime Private OrganisationGuid Deleted ProcessingId""",
    "Appointment_Slot": """SlotGuid AppointmentDate AppointmentStartTime PlannedDurationInMinutes PatientGuid SendInTime
        LeftTime DidNotAttend PatientWaitInMin AppointmentDelayInMin ActualDurationInMinutes OrganisationGuid
        SessionGuid DnaReasonCodeId Deleted ProcessingId""",
    "CareRecord_Consultation": """ConsultationGuid PatientGuid OrganisationGuid EffectiveDate EffectiveDatePrecision
        EnteredDate EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid AppointmentSlotGuid
        ConsultationSourceTerm ConsultationSourceCodeId Complete Deleted IsConfidential ProcessingId""",
    "CareRecord_Observation": """ObservationGuid PatientGuid OrganisationGuid EffectiveDate EffectiveDatePrecision
        EnteredDate EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid ParentObservationGuid CodeId ProblemGuid
        AssociatedText ConsultationGuid Value NumericUnit ObservationType NumericRangeLow NumericRangeHigh DocumentGuid
        Deleted IsConfidential ProcessingId""",
    "CareRecord_ObservationReferral": """ObservationGuid PatientGuid OrganisationGuid ReferralTargetOrganisationGuid
        ReferralUrgency ReferralServiceType ReferralMode ReferralReceivedDate ReferralReceivedTime ReferralEndDate
        ReferralSourceId ReferralSourceOrganisationGuid ReferralUBRN ReferralReasonCodeId
        ReferringCareProfessionalStaffGroupCodeId ReferralEpisodeRTTMeasurementTypeId ReferralEpisodeClosureDate
        ReferralEpisodeDischargeLetterIssuedDate ReferralClosureReasonCodeId ProcessingId""",
    "CareRecord_Problem": """ObservationGuid PatientGuid OrganisationGuid ParentProblemObservationGuid Deleted Comment
        EndDate EndDatePrecision ExpectedDuration LastReviewDate LastReviewDatePrecision LastReviewUserInRoleGuid
        ParentProblemRelationship ProblemStatusDescription SignificanceDescription ProcessingId""",
    "Coding_ClinicalCode": """CodeId Term ReadTermId SnomedCTConceptId SnomedCTDescriptionId NationalCode
        NationalCodeCategory NationalDescription EmisCodeCategoryDescription ProcessingId ParentCodeId""",
    "Coding_DrugCode": "CodeId Term DmdProductCodeId ProcessingId",
    "Prescribing_DrugRecord": """DrugRecordGuid PatientGuid OrganisationGuid EffectiveDate EffectiveDatePrecision
        EnteredDate EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid CodeId Dosage Quantity QuantityUnit
        ProblemObservationGuid PrescriptionType IsActive CancellationDate NumberOfIssues NumberOfIssuesAuthorised
        IsConfidential Deleted ProcessingId""",
    "Prescribing_IssueRecord": """IssueRecordGuid PatientGuid OrganisationGuid DrugRecordGuid EffectiveDate
        EffectiveDatePrecision EnteredDate EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid CodeId Dosage
        Quantity QuantityUnit ProblemObservationGuid CourseDurationInDays EstimatedNhsCost IsConfidential Deleted
        ProcessingId""",
}
MISSPELT = {
    "ClinicianUserInRoleGuid": "ClinicanUserInRoleGuid",
    "ExternalUsualGP": "ExternalUsusalGP",
    "ExternalUsualGPOrganisation": "ExternalUsusalGPOrganisation",
}
# What a version does not have yet, by table.
LACKS = {
    "5.0": {
        "CareRecord_Consultation": ["EnteredTime"],
        "CareRecord_Problem": ["Deleted"],
        "Coding_ClinicalCode": ["ParentCodeId"],
        "Prescribing_DrugRecord": ["EnteredTime"],
        "Prescribing_IssueRecord": ["EnteredTime"],
    },
    "5.1": {"CareRecord_Problem": ["Deleted"], "Coding_ClinicalCode": ["ParentCodeId"]},
    "5.3": {"Coding_ClinicalCode": ["ParentCodeId"]},
    "5.4": {},
}
ORGANISATION = {"OrganisationGuid": "elm tree", "ODSCode": PRACTICE}
AGREED = {"OrganisationGuid": "elm tree", "IsActivated": "true", "Disabled": "false"}
ASTHMA = {"CodeId": "301485011", "ReadTermId": "H33", "SnomedCTConceptId": "195967001"}
SALBUTAMOL = {
    "CodeId": "9001",
    "Term": "Salbutamol 100micrograms/dose inhaler",
    "DmdProductCodeId": "39113611000001102",
}
Row = dict[str, str]


def emis(version: str) -> RawFormat:
    """EMIS as it writes a version: five words in a file's name, the last the sharing agreement's."""

    def spelt(column: str) -> str:
        return MISSPELT.get(column, column) if version in ("5.0", "5.1") else column

    headers = {
        table: [spelt(each) for each in columns.split() if each not in LACKS[version].get(table, [])]
        for table, columns in V5_4.items()
    }
    return RawFormat("emis", version, headers, file="291_{table}_{day}043213_" + AGREEMENT + ".csv")


def patient(guid: str = "ann", **cells: str) -> Row:
    """A patient of the practice, registered as most are."""
    row = {"PatientGuid": guid, "OrganisationGuid": "elm tree", "Sex": "F", "DateOfBirth": "1950-03-14"}
    return {**row, "DateOfRegistration": "2012-05-01", "PatientTypeDescription": "Regular", **cells}


def observation(guid: str = "o1", **cells: str) -> Row:
    """An observation of asthma."""
    row = {"ObservationGuid": guid, "PatientGuid": "ann", "EffectiveDate": "2020-05-05", "EnteredDate": "2020-05-06"}
    return {**row, "EffectiveDatePrecision": "YMD", "CodeId": ASTHMA["CodeId"], **cells}


def consultation(guid: str = "c1", **cells: str) -> Row:
    """A consultation in the surgery."""
    row = {"ConsultationGuid": guid, "PatientGuid": "ann", "EffectiveDate": "2020-05-05"}
    return {**row, "EffectiveDatePrecision": "YMDT", "ConsultationSourceTerm": "GP Surgery", **cells}


def slot(guid: str = "s1", **cells: str) -> Row:
    """An appointment that was kept."""
    row = {"SlotGuid": guid, "PatientGuid": "ann", "AppointmentDate": "2020-05-05", "LeftTime": "10:12:00"}
    return {**row, "DidNotAttend": "false", **cells}


def issue(guid: str = "i1", **cells: str) -> Row:
    """An issue of an inhaler."""
    row = {"IssueRecordGuid": guid, "PatientGuid": "ann", "EffectiveDate": "2020-05-05", "EstimatedNhsCost": "1.50"}
    return {**row, "EffectiveDatePrecision": "YMD", "CodeId": SALBUTAMOL["CodeId"], **cells}


class Inbox:
    """Deliveries of one practice, in the order in which they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.deliveries: list[RawDelivery] = []

    def full(self, version: str = "5.4", without: Iterable[str] = (), **tables: Iterable[Row]) -> "Inbox":
        """A full extract; of a table that is not given it has what most tests need."""
        usual: dict[str, Iterable[Row]] = {
            "Admin_Organisation": [ORGANISATION],
            "Admin_Patient": [patient()],
            "Agreements_SharingOrganisation": [AGREED],
            "Coding_ClinicalCode": [ASTHMA],
            "Coding_DrugCode": [SALBUTAMOL],
        }
        self.deliveries.append(emis(version).deliver(self.folder, {**usual, **tables}, without=without))
        return self

    def delta(self, **tables: Iterable[Row]) -> "Inbox":
        """The next night's changes."""
        day = date(2026, 11, 21 + len(self.deliveries))
        self.deliveries.append(emis("5.4").deliver(self.folder, tables, is_delta=True, extracted_on=day))
        return self

    @property
    def taken(self) -> Taken:
        """What becomes of them; none of the quirks here may make a bad row."""
        found = self.taken_with_bad_rows
        assert found.bad == {}
        return found

    @property
    def taken_with_bad_rows(self) -> Taken:
        """What becomes of them, bad rows allowed."""
        return taken(*self.deliveries)


def by(column: str, rows: Iterable[Mapping[str, object]], *wanted: str) -> dict[object, object]:
    """Rows as a dictionary from one column to others."""
    return {row[column]: row[wanted[0]] if len(wanted) == 1 else tuple(row[each] for each in wanted) for row in rows}


def days_of(terms: Iterable[str]) -> dict[str, date]:
    """A day of its own for each of some words."""
    return {term: date.fromordinal(date(2020, 1, 1).toordinal() + number) for number, term in enumerate(terms)}
