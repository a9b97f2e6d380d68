"""EMIS Web bulk extract: the columns of its tables, in order. Versions are told apart by their headers alone."""

import polars as pl

VERSIONS = ("5.0", "5.1", "5.3", "5.4")
LAYOUT = {
    name: tuple(columns.split())
    for name, columns in {
        "Admin_Patient": """
            PatientGuid OrganisationGuid UsualGpUserInRoleGuid Sex DateOfBirth DateOfDeath Title GivenName
            MiddleNames Surname DateOfRegistration NhsNumber PatientNumber PatientTypeDescription DummyType
            HouseNameFlatNumber NumberAndStreet Village Town County Postcode ResidentialInstituteCode
            NHSNumberStatus CarerName CarerRelation PersonGuid DateOfDeactivation Deleted SpineSensitive
            IsConfidential EmailAddress HomePhone MobilePhone ExternalUsualGPGuid ExternalUsualGP
            ExternalUsualGPOrganisation ProcessingId""",
        "Admin_Organisation": """
            OrganisationGuid CDB OrganisationName ODSCode ParentOrganisationGuid CCGOrganisationGuid
            OrganisationType OpenDate CloseDate MainLocationGuid ProcessingId""",
        "Admin_UserInRole": """
            UserInRoleGuid OrganisationGuid Title GivenName Surname JobCategoryCode JobCategoryName
            ContractStartDate ContractEndDate ProcessingId""",
        "CareRecord_Consultation": """
            ConsultationGuid PatientGuid OrganisationGuid EffectiveDate EffectiveDatePrecision EnteredDate
            EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid AppointmentSlotGuid
            ConsultationSourceTerm ConsultationSourceCodeId Complete Deleted IsConfidential ProcessingId""",
        "CareRecord_Observation": """
            ObservationGuid PatientGuid OrganisationGuid EffectiveDate EffectiveDatePrecision EnteredDate
            EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid ParentObservationGuid CodeId ProblemGuid
            AssociatedText ConsultationGuid Value NumericUnit ObservationType NumericRangeLow NumericRangeHigh
            DocumentGuid Deleted IsConfidential ProcessingId""",
        "CareRecord_Problem": """
            ObservationGuid PatientGuid OrganisationGuid ParentProblemObservationGuid Deleted Comment EndDate
            EndDatePrecision ExpectedDuration LastReviewDate LastReviewDatePrecision LastReviewUserInRoleGuid
            ParentProblemRelationship ProblemStatusDescription SignificanceDescription ProcessingId""",
        "CareRecord_ObservationReferral": """
            ObservationGuid PatientGuid OrganisationGuid ReferralTargetOrganisationGuid ReferralUrgency
            ReferralServiceType ReferralMode ReferralReceivedDate ReferralReceivedTime ReferralEndDate
            ReferralSourceId ReferralSourceOrganisationGuid ReferralUBRN ReferralReasonCodeId
            ReferringCareProfessionalStaffGroupCodeId ReferralEpisodeRTTMeasurementTypeId
            ReferralEpisodeClosureDate ReferralEpisodeDischargeLetterIssuedDate ReferralClosureReasonCodeId
            ProcessingId""",
        "Prescribing_DrugRecord": """
            DrugRecordGuid PatientGuid OrganisationGuid EffectiveDate EffectiveDatePrecision EnteredDate
            EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid CodeId Dosage Quantity QuantityUnit
            ProblemObservationGuid PrescriptionType IsActive CancellationDate NumberOfIssues
            NumberOfIssuesAuthorised IsConfidential Deleted ProcessingId""",
        "Prescribing_IssueRecord": """
            IssueRecordGuid PatientGuid OrganisationGuid DrugRecordGuid EffectiveDate EffectiveDatePrecision
            EnteredDate EnteredTime ClinicianUserInRoleGuid EnteredByUserInRoleGuid CodeId Dosage Quantity
            QuantityUnit ProblemObservationGuid CourseDurationInDays EstimatedNhsCost IsConfidential Deleted
            ProcessingId""",
        "Appointment_Slot": """
            SlotGuid AppointmentDate AppointmentStartTime PlannedDurationInMinutes PatientGuid SendInTime
            LeftTime DidNotAttend PatientWaitInMin AppointmentDelayInMin ActualDurationInMinutes
            OrganisationGuid SessionGuid DnaReasonCodeId Deleted ProcessingId""",
        "Appointment_Session": """
            AppointmentSessionGuid Description LocationGuid SessionTypeDescription SessionCategoryDisplayName
            StartDate StartTime EndDate EndTime Private OrganisationGuid Deleted ProcessingId""",
        "Coding_ClinicalCode": """
            CodeId Term ReadTermId SnomedCTConceptId SnomedCTDescriptionId NationalCode NationalCodeCategory
            NationalDescription EmisCodeCategoryDescription ProcessingId ParentCodeId""",
        "Coding_DrugCode": """
            CodeId Term DmdProductCodeId ProcessingId""",
        "Agreements_SharingOrganisation": """
            OrganisationGuid IsActivated LastModifiedDate Disabled Deleted""",
    }.items()
}

# Each table's row id, and the patient its rows are of.
KEYS = {name: columns[0] for name, columns in LAYOUT.items()}
PATIENTS = {name: "PatientGuid" for name, columns in LAYOUT.items() if "PatientGuid" in columns}
_MISSPELT = {
    "ClinicianUserInRoleGuid": "ClinicanUserInRoleGuid",
    "ExternalUsualGP": "ExternalUsusalGP",
    "ExternalUsualGPOrganisation": "ExternalUsusalGPOrganisation",
}
# By the tables that have the faults of older versions.
_MISSPELLING = ("Admin_Patient", "Prescribing_DrugRecord", "Prescribing_IssueRecord")
_LATE_TIME = ("CareRecord_Consultation", "Prescribing_DrugRecord", "Prescribing_IssueRecord")


def as_of(version: str, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """A table of version 5.4 as an older version has it."""
    if version in ("5.0", "5.1"):
        rows = rows.rename(_MISSPELT, strict=False) if table in _MISSPELLING else rows
        if table == "CareRecord_Problem":
            # What cannot be marked as deleted is not taken back.
            rows = rows.filter(pl.col("Deleted") != "true").drop("Deleted")
    if version == "5.0" and table in _LATE_TIME:
        rows = rows.drop("EnteredTime")
    return rows.drop("ParentCodeId") if table == "Coding_ClinicalCode" and version != "5.4" else rows
