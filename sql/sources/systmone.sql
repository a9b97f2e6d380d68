-- title: TPP SystmOne Strategic Reporting extract (SR files), 87 to 93
-- note: GMS registrations with the practice only. Guesses: organisations' ids are ODS codes; an appointment that is not
--     marked as by telephone was face to face; which clinical events are contacts. Medicines are priced by the Drug
--     Tariff, if the area has one and it counts in the same unit. Visits to A&E and admissions are not in it: a practice
--     has them as letters
-- versions: 87, 88, 89, 90, 91, 92, 93
-- encoding: cp1252
-- dates: %d %b %Y %H:%M:%S | %d %b %Y %H:%M | %d %b %Y
-- reads: SRPatient(RowIdentifier key patient, IDOrganisationVisibleTo, DateBirth date, DateDeath date, Gender,
--     TestPatient flag, RemovedData? deleted)
--   SRPatientRegistration(RowIdentifier key, IDPatient patient, IDOrganisationVisibleTo, IDOrganisation,
--     DateRegistration date, DateDeRegistration date, RegistrationStatus, RemovedData? deleted)
--   SRPatientAddressHistory?(RowIdentifier key, IDPatient patient, DateEvent date, DateTo date, HouseholdToken?,
--     DeprivationDecile?, RemovedData? deleted)
--   SRCode(RowIdentifier key, IDPatient patient, DateEvent date, DateEventRecorded date,
--     CTV3Code -> SRCtv3ToSnomed.Ctv3Code, SNOMEDCode?, IsNumeric?, NumericValue, NumericUnit, RemovedData? deleted)
--   SRReferralOut?(RowIdentifier key, IDPatient patient, DateEvent date, DateEventRecorded date,
--     PrimaryDiagnosis -> SRCtv3ToSnomed.Ctv3Code, SNOMEDPrimaryDiagnosis?, RemovedData? deleted)
--   SRAppointment(RowIdentifier key, IDPatient patient, DateStart date, AppointmentStatus -> SRMapping.RowIdentifier,
--     TelephoneAppointment flag, RotaType, RemovedData? deleted)
--   SREvent(RowIdentifier key, IDPatient patient, DateEvent date, ClinicalEvent flag, EventIncomplete flag,
--     ContactMethod -> SRConfiguredListOption.RowIdentifier,
--     IDStaffMemberProfileRole -> SRStaffMemberProfileRole.RowIdentifier, RemovedData? deleted)
--   SRPrimaryCareMedication(RowIdentifier key, IDPatient patient, DateEvent date, DateMedicationStart date,
--     IDMultiLexDMD, NameOfMedication, MedicationQuantity, IsOtherMedication flag, IsDentalMedication flag,
--     IsHospitalMedication flag, RemovedData? deleted)
--   SRCtv3ToSnomed?(RowIdentifier key, Ctv3Code, SnomedCode, RemovedData? deleted)
--   SRMapping?(RowIdentifier key, Mapping)
--   SRConfiguredListOption?(RowIdentifier key, ConfiguredListOption, RemovedData? deleted)
--   SRStaffMemberProfileRole?(RowIdentifier key, RoleDescription, RemovedData? deleted)
-- identifying: SRPatient(Title, FirstName, MiddleNames, Surname, PreviousSurname, NHSNumber nhs_number, DateBirth
--     birth_date, BirthPlace, EmailAddress, SSRef)
--   SRPatientInformation(Title, FirstName, MiddleNames, Surname, PreviousSurname, NHSNumber nhs_number, DateBirth
--     birth_date, BirthPlace, EmailAddress, SSRef)
--   SROnlineUsers(Title, FirstName, MiddleNames, Surname, NHSNumber nhs_number, DateBirth birth_date, EmailAddress)
--   SRPatientAddressHistory(NameOfBuilding address, NumberOfBuilding address, NameOfRoad address, NameOfLocality
--     address, NameOfTown address, NameOfCounty address, FullPostCode postcode)
--   SRPatientContactDetails(ContactNumber)
--   SRPatientContactProperty(PatientContactId)
--   SRPatientRelationship(RelationshipWithName, RelationshipWithDateOfBirth birth_date, RelationshipWithHouseName,
--     RelationshipWithHouseNumber, RelationshipWithRoad, RelationshipWithLocality, RelationshipWithPostTown,
--     RelationshipWithCounty, RelationshipWithPostCode, RelationshipWithTelephone, RelationshipWithWorkTelephone,
--     RelationshipWithMobileTelephone, RelationshipWithFax, RelationshipWithEmailAddress)
--   SRAppointment(BookingContactNumber)
--   SRSpecialNotes(Note text)
--   SRAAndEAttendance(PresentingComplaintText text, IncidentNotes text)
--   SRLetter(RecipientTitle, RecipientFirstName, RecipientSurname)
--   SRMedia(FileName, RecipientTitle, RecipientFirstName, RecipientSurname, EmailAddress)
--   SRHospitalAAndENumber(HospitalNumber, Comments text)
--   SRHospitalAdmissionAndDischarge(AdmissionNotes text)
--   SRHospitalTransport(DestinationHouseName, DestinationHouseNumber, DestinationPostCode, TelephoneNumber)
--   SRHospitalWaitingList(WaitingListNotes text)
--   SRHospitalWaitingListIntendedProcedure(Notes text)
--   SRHospitalWaitingListSuspension(Notes text)
--   SRWaitingList(Notes text)
--   SROohNewCase(CurrentNameOfBuilding, CurrentNumberOfBuilding, CurrentNameOfRoad, CurrentNameOfLocality,
--     CurrentNameOfTown, CurrentFullPostcode, PatientCallBehalfContact, PatientCallInformantContact, ContactNumber,
--     SecondContactNumber)
--   SROohThirdPartyCall(Contact)
-- public: SRAddressBookEntry, SRAAddressBookEntry, SRCcg, SROrganisation, SROrganisationBranch, SRTrust, SRRota,
--     SRAppointmentRoom, SRStaffMember, SRStaff, SRStaffMemberProfile, SRStaffMemberProfileRole, SRStaffSkillSet,
--     SRStaffSpecialty, SRLocation, SRLocationAttribute, SRTeam, SRTeamMember, SRTreatmentCentreSession,
--     SRTreatmentCentreSessionTemporaryAmendments, SRBedClosure, SRBedLocation, SRTheatreSession
-- shared: registration
-- Registrations elsewhere are sent too; a blank organisation is this one. A status may be a list: "GMS,Contraception".
SELECT RowIdentifier, IDPatient, DateRegistration AS registered_on,
       nullif(DateDeRegistration, DATE '9999-12-31') AS deregistered_on,
       CASE WHEN (coalesce(nullif(IDOrganisation, '-1'), IDOrganisationVisibleTo) = IDOrganisationVisibleTo) IS NOT true
                THEN 'registrations elsewhere'
            WHEN list_contains(string_split(upper(replace(RegistrationStatus, ' ', '')), ','), 'GMS') IS NOT true
                THEN 'registrations that are not GMS' END AS left_out
FROM SRPatientRegistration;
-- shared: person
-- Whose rows are taken over, with one registration each. Registrations may overlap: the one that ends last counts, and
-- of those the one that began last.
SELECT p.RowIdentifier AS IDPatient, upper(p.IDOrganisationVisibleTo) AS practice_id, registered_on, deregistered_on
FROM SRPatient p JOIN registration r ON r.IDPatient = p.RowIdentifier
WHERE NOT TestPatient AND r.left_out IS NULL
QUALIFY row_number() OVER (PARTITION BY r.IDPatient ORDER BY deregistered_on DESC NULLS FIRST,
                           registered_on DESC NULLS LAST, r.RowIdentifier DESC) = 1;
-- shared: home
-- SystmOne sends addresses; what `pseudonymise` makes of one in the practice are the household and the decile.
SELECT IDPatient, HouseholdToken, DeprivationDecile
FROM SRPatientAddressHistory
WHERE DateTo IS NULL OR DateTo = DATE '9999-12-31'
QUALIFY row_number() OVER (PARTITION BY IDPatient ORDER BY DateEvent DESC NULLS LAST, RowIdentifier DESC) = 1;
-- shared: translation
-- CTV3 codes differ by the size of their letters. A code with several translations has none that is certain; one that
-- begins with Y is TPP's own, whatever it is translated to.
SELECT Ctv3Code AS ctv3, min(SnomedCode) AS translated
FROM SRCtv3ToSnomed
WHERE SnomedCode <> '-1' AND NOT starts_with(Ctv3Code, 'Y')
GROUP BY Ctv3Code HAVING count(DISTINCT SnomedCode) = 1;
-- shared: referral
-- What a patient was referred for, or to. What is among the day's coded entries too is left out here.
SELECT IDPatient, DateEvent, DateEventRecorded, nullif(SNOMEDPrimaryDiagnosis, '-1') AS snomed,
       nullif(PrimaryDiagnosis, '-1') AS ctv3,
       CASE WHEN coalesce(snomed, ctv3) IS NULL THEN 'referrals without a code'
            WHEN EXISTS (FROM SRCode c WHERE c.IDPatient = r.IDPatient AND c.DateEvent = r.DateEvent
                         AND coalesce(nullif(c.SNOMEDCode, '-1'), c.CTV3Code) = coalesce(snomed, ctv3))
                THEN 'referrals that are coded entries too' END AS left_out
FROM SRReferralOut r;
-- shared: appointment_status
-- A status is the id of a text or the text itself; whoever came has attended, though nobody may have finished. What is
-- neither attended, missed nor cancelled is no contact.
SELECT AppointmentStatus, lower(coalesce(Mapping, AppointmentStatus)) AS words,
       CASE WHEN words IN ('arrived', 'in progress', 'finished', 'visit', 'waiting', 'patient walked out')
                THEN 'attended'
            WHEN words IN ('did not attend', 'dna', 'no access visit') THEN 'missed'
            WHEN words LIKE 'cancelled%' THEN 'cancelled' END AS status
FROM (SELECT DISTINCT AppointmentStatus FROM SRAppointment)
LEFT JOIN SRMapping ON SRMapping.RowIdentifier = AppointmentStatus;
-- shared: contact_method
-- A contact's method is an option that each practice words for itself. Letters, results and messages have no mode: they
-- are no contacts.
SELECT ContactMethod, lower(coalesce(ConfiguredListOption, ContactMethod)) AS words,
       CASE WHEN regexp_matches(words, 'fail|no access|not? attend|not present|without') THEN NULL
            WHEN regexp_matches(words, 'video|online|e-?consult') THEN 'online'
            WHEN regexp_matches(words, 'phone') THEN 'telephone'
            WHEN regexp_matches(words, '\b(home|visits?)\b') THEN 'home'
            WHEN regexp_matches(words, 'face.?to.?face') THEN 'face to face' END AS mode
FROM (SELECT DISTINCT ContactMethod FROM SREvent)
LEFT JOIN SRConfiguredListOption ON SRConfiguredListOption.RowIdentifier = ContactMethod;
-- shared: price
-- Number and unit share a cell: "28 tablet", "28 tablets", "28 tablet(s)". There is a price only where the Drug Tariff
-- counts the pack in that unit: it counts the doses of an inhaler, so "1 inhaler" cannot be priced. Nor can "2 x 28
-- tablet", a number of packs, or a number alone.
WITH quantity AS (
    SELECT IDMultiLexDMD, MedicationQuantity,
           TRY_CAST(regexp_extract(MedicationQuantity, '^[0-9.]+') AS DOUBLE) AS amount,
           lower(trim(regexp_replace(MedicationQuantity, '^[0-9.]+', ''))) AS word
    FROM (SELECT DISTINCT IDMultiLexDMD, MedicationQuantity FROM SRPrimaryCareMedication)
)
-- The price of a pack of just that size, otherwise that of the pack which is cheapest by the unit.
SELECT IDMultiLexDMD, MedicationQuantity,
       CAST(round(coalesce(min(pence) FILTER (WHERE pack_size = amount), min(pence * amount / pack_size))) AS BIGINT)
           AS cost_pence
FROM quantity JOIN drug_tariff ON code = IDMultiLexDMD
    AND word IN (unit, unit || 's', unit || '(s)', unit || 'es', unit || '(es)', regexp_replace(unit, 'y$', 'ies'))
WHERE amount > 0
GROUP BY IDMultiLexDMD, MedicationQuantity;
-- table: patient
SELECT practice_id, IDPatient AS patient_id,
       CASE lower(left(Gender, 1)) WHEN 'f' THEN 'female' WHEN 'm' THEN 'male' WHEN 'i' THEN 'indeterminate'
                                   ELSE 'unknown' END AS sex,
       CAST(date_trunc('month', DateBirth) AS DATE) AS birth_month, registered_on, deregistered_on,
       nullif(DateDeath, DATE '9999-12-31') AS died_on, DeprivationDecile AS imd_decile,
       NULL AS ethnicity, HouseholdToken AS household_id, CAST(NULL AS BOOLEAN) AS care_home
FROM SRPatient JOIN person ON IDPatient = SRPatient.RowIdentifier LEFT JOIN home USING (IDPatient);
-- table: event
WITH entry AS (
    SELECT IDPatient, nullif(SNOMEDCode, '-1') AS snomed, nullif(CTV3Code, '-1') AS ctv3, DateEvent, DateEventRecorded,
           -- What is no number comes as 0 or -1 all the same. The oldest files do not say which are numbers.
           CASE WHEN lower(IsNumeric) IN ('true', '1') THEN NumericValue
                WHEN IsNumeric IS NULL AND NumericValue NOT IN ('0', '0.0', '-1', '-1.0') THEN NumericValue
           END AS value,
           NumericUnit
    FROM SRCode
    UNION ALL
    SELECT IDPatient, snomed, ctv3, DateEvent, DateEventRecorded, NULL, NULL FROM referral WHERE left_out IS NULL
),
-- What is sensitive in CTV3, or as what that translates to, is, whatever SNOMED CT code it comes with.
told AS (
    SELECT CASE WHEN starts_with(ctv3, 'Y') THEN 'local' ELSE 'ctv3' END AS own,
           entry.* REPLACE (CASE WHEN (ctv3, own) IN (SELECT (code, system) FROM sensitive_code) THEN NULL
                                 WHEN (translated, 'snomed') IN (SELECT (code, system) FROM sensitive_code)
                                     THEN translated ELSE coalesce(snomed, translated) END AS snomed)
    FROM entry LEFT JOIN translation USING (ctv3)
)
SELECT practice_id, IDPatient AS patient_id, coalesce(snomed, ctv3) AS code,
       CASE WHEN snomed IS NOT NULL THEN 'snomed' ELSE own END AS system,
       nullif(DateEvent, DATE '9999-12-31') AS on_date, DateEventRecorded AS recorded_on,
       value, CASE WHEN value IS NOT NULL THEN NumericUnit END AS unit
FROM told JOIN person USING (IDPatient)
WHERE coalesce(snomed, ctv3) IS NOT NULL;
-- table: contact
-- Practices name the types of their rotas as they like. The rotas' own names are not read: they name the staff.
WITH rota AS (
    SELECT RotaType, lower(RotaType) AS words,
           CASE WHEN regexp_matches(words, 'nurs') THEN 'nurse'
                WHEN regexp_matches(words, '\b(gp|doctor|dr)\b') THEN 'gp' END AS kind
    FROM (SELECT DISTINCT RotaType FROM SRAppointment)
),
staff_role AS (
    SELECT RowIdentifier AS IDStaffMemberProfileRole, lower(RoleDescription) AS words,
           CASE WHEN regexp_matches(words, 'nurs') THEN 'nurse'
                WHEN regexp_matches(words, '\bgp\b|general (medical )?practitioner|doctor|registrar') THEN 'gp'
           END AS kind
    FROM SRStaffMemberProfileRole
)
-- An appointment and the event it led to are two rows of one day: only their day says that they belong together.
SELECT practice_id, IDPatient AS patient_id, DateStart AS on_date, coalesce(kind, 'other') AS kind,
       CASE WHEN TelephoneAppointment THEN 'telephone' WHEN appointment_status.words = 'visit' THEN 'home'
            ELSE 'face to face' END AS mode, status
FROM SRAppointment JOIN person USING (IDPatient) JOIN appointment_status USING (AppointmentStatus)
LEFT JOIN rota USING (RotaType)
WHERE status IS NOT NULL AND DateStart IS NOT NULL
UNION ALL
SELECT practice_id, IDPatient, DateEvent, coalesce(kind, 'other'), mode, 'attended'
FROM SREvent JOIN person USING (IDPatient) JOIN contact_method USING (ContactMethod)
LEFT JOIN staff_role USING (IDStaffMemberProfileRole)
WHERE ClinicalEvent AND NOT EventIncomplete AND mode IS NOT NULL AND DateEvent IS NOT NULL;
-- table: medicine
SELECT practice_id, IDPatient AS patient_id,
       -- An acute issue may be written for a later day, on which it starts.
       coalesce(DateMedicationStart, DateEvent) AS on_date, nullif(IDMultiLexDMD, '-1') AS code,
       NameOfMedication AS name, cost_pence
FROM SRPrimaryCareMedication JOIN person USING (IDPatient) LEFT JOIN price USING (IDMultiLexDMD, MedicationQuantity)
WHERE NOT (IsHospitalMedication OR IsDentalMedication OR IsOtherMedication)
  AND coalesce(DateMedicationStart, DateEvent) IS NOT NULL;
-- table: left_out
SELECT what, sum(rows) AS rows
FROM (
    SELECT CASE WHEN TestPatient THEN 'test patients' ELSE 'patients without a GMS registration with the practice' END
               AS what, count(*) AS rows
    FROM SRPatient ANTI JOIN person ON IDPatient = SRPatient.RowIdentifier GROUP BY what
    UNION ALL
    SELECT left_out AS what, count(*) FROM registration GROUP BY what
    UNION ALL
    SELECT CASE WHEN person.IDPatient IS NULL THEN 'coded entries of patients who are not taken over'
                WHEN coalesce(nullif(SNOMEDCode, '-1'), nullif(CTV3Code, '-1')) IS NULL
                    THEN 'coded entries without a code' END AS what, count(*)
    FROM SRCode LEFT JOIN person USING (IDPatient) GROUP BY what
    UNION ALL
    SELECT CASE WHEN person.IDPatient IS NULL THEN 'referrals of patients who are not taken over'
                ELSE left_out END AS what, count(*)
    FROM referral LEFT JOIN person USING (IDPatient) GROUP BY what
    UNION ALL
    SELECT CASE WHEN coalesce(SRAppointment.IDPatient, '-1') = '-1' THEN 'appointments without a patient'
                WHEN person.IDPatient IS NULL THEN 'appointments of patients who are not taken over'
                WHEN words IS NULL OR regexp_full_match(words, '-?\d+') THEN 'appointments whose status is not known'
                WHEN status IS NULL THEN 'appointments that are only booked, requested or blocked'
                WHEN DateStart IS NULL THEN 'appointments without a day' END AS what, count(*)
    FROM SRAppointment LEFT JOIN person USING (IDPatient) LEFT JOIN appointment_status USING (AppointmentStatus)
    GROUP BY what
    UNION ALL
    SELECT CASE WHEN person.IDPatient IS NULL THEN 'events of patients who are not taken over'
                WHEN NOT ClinicalEvent THEN 'events that are not clinical'
                WHEN EventIncomplete THEN 'events that are not complete'
                WHEN mode IS NULL THEN 'letters, results and other events without the patient'
                WHEN DateEvent IS NULL THEN 'events without a day' END AS what, count(*)
    FROM SREvent LEFT JOIN person USING (IDPatient) LEFT JOIN contact_method USING (ContactMethod)
    GROUP BY what
    UNION ALL
    SELECT CASE WHEN person.IDPatient IS NULL THEN 'medicines of patients who are not taken over'
                WHEN IsHospitalMedication OR IsDentalMedication OR IsOtherMedication
                    THEN 'medicines that were recorded but not issued here: hospital, dental and others'
                WHEN coalesce(DateMedicationStart, DateEvent) IS NULL THEN 'medicines without a day' END AS what,
           count(*)
    FROM SRPrimaryCareMedication LEFT JOIN person USING (IDPatient) GROUP BY what
)
WHERE what IS NOT NULL
GROUP BY what;
-- table: sensitive
WITH coded AS (
    SELECT 'SRCode' AS raw_table, RowIdentifier AS row_id, nullif(SNOMEDCode, '-1') AS snomed, CTV3Code AS ctv3
    FROM SRCode
    UNION ALL
    SELECT 'SRReferralOut', RowIdentifier, nullif(SNOMEDPrimaryDiagnosis, '-1'), PrimaryDiagnosis FROM SRReferralOut
)
SELECT DISTINCT raw_table, row_id
FROM coded LEFT JOIN translation USING (ctv3)
WHERE (snomed, 'snomed') IN (SELECT (code, system) FROM sensitive_code)
   OR (translated, 'snomed') IN (SELECT (code, system) FROM sensitive_code)
   OR (ctv3, CASE WHEN starts_with(ctv3, 'Y') THEN 'local' ELSE 'ctv3' END)
      IN (SELECT (code, system) FROM sensitive_code);
-- table: refuse
SELECT 'SRMapping has not half of the statuses that the appointments use. Ask for the reference files too.' AS message
FROM SRAppointment JOIN appointment_status USING (AppointmentStatus)
HAVING count(*) >= 1000 AND count(*) FILTER (regexp_full_match(words, '\d+')) > count(*) / 2;
