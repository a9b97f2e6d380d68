"""SystmOne Strategic Reporting extract: the columns of its tables, in order, in the newest variant of each."""

LAYOUT = {
    name: tuple(columns.split())
    for name, columns in {
        "SRPatient": """
            RowIdentifier IDOrganisationVisibleTo Title FirstName MiddleNames Surname PreviousSurname NHSNumber
            DateBirth DateDeath BirthPlace Gender SpeaksEnglish EmailAddress TestPatient SSRef SpineMatched
            RemovedData""",
        "SRPatientRegistration": """
            RowIdentifier IDOrganisationVisibleTo DateEventRecorded IDProfileEnteredBy DateRegistration
            DateDeRegistration RegistrationStatus PreferredPharmacy IDPatient IDOrganisation
            IDOrganisationRegisteredAt RemovedData""",
        "SRCode": """
            RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
            TextualEventDoneBy IDOrganisationDoneAt CTV3Code CTV3Text SNOMEDCode SNOMEDText NumericComparator
            IsNumeric NumericValue NumericUnit EpisodeType IDTemplate IDQuestionnaire IDEvent IDPatient
            IDReferralIn IDAppointment IDVisit IDOrganisation IDOrganisationRegisteredAt RemovedData""",
        "SREvent": """
            RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
            IDStaffMemberProfileRole TextualEventDoneBy IDOrganisationDoneAt IDAuthorisedBy
            IDProfileAuthorisedBy ContactEventLocation ContactMethod EventIncomplete ClinicalEvent IDReferralIn
            IDPatient IDOrganisation IDTeam IDBranch IDOrganisationRegisteredAt RemovedData""",
        "SRAppointment": """
            RowIdentifier IDOrganisationVisibleTo DateStart DateEnd AppointmentStatus DateAppointmentBooked
            DatePatientArrival DatePatientSeen FollowUpAppointment TelephoneAppointment IDClinician
            IDProfileClinician RotaName RotaType RotaLocation RotaCode IDRotaOwner IDProfileRotaOwner
            AllowsOverbooking BookingContactNumber DateAppointmentCancelled IDRota IDReferralIn IDPatient
            IDOrganisation IDOrganisationRegisteredAt RemovedData""",
        "SRPrimaryCareMedication": """
            RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
            TextualEventDoneBy IDOrganisationDoneAt IDMultiLexProduct IDMultiLexPack IDMultiLexDMD
            NameOfMedication DateMedicationStart DateMedicationEnd MedicationDosage MedicationQuantity
            IsSupervised SupervisedDose UnsupervisedDose IsRepeatMedication IsOtherMedication IsDentalMedication
            IsHospitalMedication IDRepeatTemplate IDReferralIn IDEvent IDPatient IDOrganisation
            IDOrganisationRegisteredAt RemovedData""",
        "SRReferralOut": """
            RowIdentifier IDOrganisationVisibleTo DateEventRecorded DateEvent IDProfileEnteredBy IDDoneBy
            TextualEventDoneBy IDOrganisationDoneAt TypeOfReferral Reason IDProfileReferrer ServiceOffered
            ReReferral Urgency PrimaryDiagnosis SNOMEDPrimaryDiagnosis RecipientID RecipientIDType IDEvent
            IDPatient IDOrganisation M101140ReasonForOutOfAreaReferralAdultAcuteMentalHealth
            IDOrganisationRegisteredAt RemovedData""",
        "SRConfiguredListOption": """
            RowIdentifier ConfiguredList ConfiguredListOption CDSCode MHLDDSCode CAMHSCode MHSDSCode RemovedData""",
        "SRStaffMemberProfileRole": """
            RowIdentifier RoleDescription IsSpineRole DateLastAmended DateDeleted RemovedData""",
        "SRMapping": """
            RowIdentifier IdMappingGroup Mapping""",
        "SRCtv3ToSnomed": """
            RowIdentifier IDOrganisationVisibleTo Ctv3Code SnomedCode RemovedData""",
    }.items()
}

# Each table's row id, and the patient its rows are of.
KEYS = dict.fromkeys(LAYOUT, "RowIdentifier")
PATIENTS = {name: "IDPatient" for name, columns in LAYOUT.items() if "IDPatient" in columns}
PATIENTS["SRPatient"] = "RowIdentifier"
