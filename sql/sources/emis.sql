-- title: EMIS Web bulk extract, 5.0 to 5.4
-- note: patients of type Regular only; what is confidential or sensitive stays out; costs are taken to be in pounds
-- versions: 5.0, 5.1, 5.3, 5.4
-- files: *_{table}_*_{agreement}
-- reads: Admin_Patient(PatientGuid key patient, OrganisationGuid -> Admin_Organisation.OrganisationGuid, Sex,
--     DateOfBirth date, DateOfDeath date, DateOfRegistration date, PatientTypeDescription, DummyType flag,
--     ResidentialInstituteCode, DateOfDeactivation date, Deleted deleted, SpineSensitive flag, IsConfidential flag,
--     HouseholdToken?, DeprivationDecile?)
--   Admin_Organisation(OrganisationGuid key, ODSCode)
--   Admin_UserInRole?(UserInRoleGuid key, JobCategoryName)
--   CareRecord_Consultation(ConsultationGuid key, PatientGuid patient, EffectiveDate date, EffectiveDatePrecision,
--     ClinicianUserInRoleGuid|ClinicanUserInRoleGuid -> Admin_UserInRole.UserInRoleGuid, ConsultationSourceTerm,
--     Deleted deleted, IsConfidential flag)
--   CareRecord_Observation(ObservationGuid key, PatientGuid patient, EffectiveDate date, EffectiveDatePrecision,
--     EnteredDate date, CodeId -> Coding_ClinicalCode.CodeId, Value, NumericUnit, Deleted deleted, IsConfidential flag)
--   CareRecord_Problem?(ObservationGuid key, PatientGuid patient, Deleted? deleted, EndDate, ProblemStatusDescription)
--   CareRecord_ObservationReferral?(ObservationGuid key, PatientGuid patient,
--     ReferralReasonCodeId -> Coding_ClinicalCode.CodeId)
--   Prescribing_DrugRecord(DrugRecordGuid key, PatientGuid patient, CodeId -> Coding_DrugCode.CodeId, Deleted deleted)
--   Prescribing_IssueRecord(IssueRecordGuid key, PatientGuid patient, DrugRecordGuid, EffectiveDate date,
--     EffectiveDatePrecision, CodeId -> Coding_DrugCode.CodeId, EstimatedNhsCost, Deleted deleted, IsConfidential flag)
--   Appointment_Slot(SlotGuid key, PatientGuid patient, AppointmentDate date, SendInTime, LeftTime, DidNotAttend flag,
--     SessionGuid -> Appointment_Session.AppointmentSessionGuid, Deleted deleted)
--   Appointment_Session(AppointmentSessionGuid key, SessionTypeDescription, SessionCategoryDisplayName,
--     Deleted deleted)
--   Coding_ClinicalCode(CodeId key, ReadTermId, SnomedCTConceptId, Term?)
--   Coding_DrugCode(CodeId key, Term, DmdProductCodeId)
--   Agreements_SharingOrganisation(OrganisationGuid key, Disabled flag, Deleted flag)
-- identifying: Admin_Patient(DateOfBirth birth_date, Title, GivenName, MiddleNames, Surname, NhsNumber nhs_number,
--     PatientNumber, HouseNameFlatNumber address, NumberAndStreet address, Village address, Town address, County
--     address, Postcode postcode, CarerName, CarerRelation, EmailAddress, HomePhone, MobilePhone)
--   CareRecord_Diary(AssociatedText text)
--   CareRecord_Observation(AssociatedText text)
--   CareRecord_ObservationReferral(ReferralUBRN)
--   CareRecord_Problem(Comment text)
-- public: Admin_Location, Admin_Organisation, Admin_OrganisationLocation, Admin_UserInRole,
--     Agreements_SharingOrganisation, Appointment_Session, Appointment_SessionUser
-- shared: patient_of
-- Every patient that was sent, and why some are not taken over.
SELECT PatientGuid, coalesce(upper(ODSCode), 'unknown') AS practice_id,
       CAST(date_trunc('month', DateOfBirth) AS DATE) AS birth_month,
       CASE WHEN DummyType OR lower(PatientTypeDescription) = 'dummy' THEN 'dummy patients'
            WHEN lower(PatientTypeDescription) IS DISTINCT FROM 'regular' THEN 'patients who are not of type Regular'
            WHEN SpineSensitive THEN 'patients marked as sensitive on the Spine'
            WHEN IsConfidential THEN 'confidential patients' END AS left_out
FROM Admin_Patient LEFT JOIN Admin_Organisation USING (OrganisationGuid);
-- shared: person
SELECT PatientGuid, practice_id, birth_month, true AS is_known FROM patient_of WHERE left_out IS NULL;
-- shared: clinical_code
-- A code is worked out once, not for each observation. A Read code comes without its dots and with its synonym
-- behind a hyphen ("F45-1"); what has another shape is a code of EMIS's own or of another code set.
WITH shaped AS (
    SELECT CodeId, ReadTermId, split_part(ReadTermId, '-', 1) AS stem,
           length(stem) <= 5 AND regexp_full_match(ReadTermId, '[0-9A-Za-z]+\.*(-[0-9A-Za-z]{1,2})?')
               AND NOT regexp_matches(stem, '^(EMIS|ESCT|EGTON|JHCC|RAFME)') AS is_read,
           CASE WHEN is_read THEN rpad(stem, 5, '.') END AS read2,
           -- What is sensitive as a Read code is, whatever SNOMED CT code it comes with.
           CASE WHEN (read2, 'read2') NOT IN (SELECT (code, system) FROM sensitive_code)
                THEN SnomedCTConceptId END AS snomed
    FROM Coding_ClinicalCode
)
SELECT CodeId, CASE WHEN snomed IS NOT NULL THEN 'snomed' WHEN is_read THEN 'read2' ELSE 'local' END AS system,
       coalesce(snomed, read2, ReadTermId) AS code
FROM shaped;
-- shared: session_kind
-- Practices name their sessions as they like; a name that says nothing leaves the mode unknown.
SELECT AppointmentSessionGuid AS SessionGuid,
       lower(concat_ws(' ', SessionTypeDescription, SessionCategoryDisplayName)) AS words,
       CASE WHEN regexp_matches(words, '\bnurse') THEN 'nurse'
            WHEN regexp_matches(words, '\b(gp|doctor|dr)\b') THEN 'gp' ELSE 'other' END AS kind,
       CASE WHEN regexp_matches(words, 'phone') THEN 'telephone'
            WHEN regexp_matches(words, '\b(home|visits?)\b') THEN 'home'
            WHEN regexp_matches(words, 'online|video|e-?consult') THEN 'online' END AS mode
FROM Appointment_Session;
-- shared: clinician
SELECT UserInRoleGuid AS ClinicianUserInRoleGuid,
       CASE WHEN regexp_matches(lower(JobCategoryName), 'nurs') THEN 'nurse'
            WHEN regexp_matches(lower(JobCategoryName), '\bgp\b|general (medical )?practitioner|doctor|registrar')
                THEN 'gp' END AS clinician_kind
FROM Admin_UserInRole;
-- shared: consultation_source
-- What a consultation's source says, worked out once for each of the few hundred terms. The words are those of the
-- source terms in CPRD Aurum, which is made from EMIS, and of the list of GP consultations of its users at UCL.
-- Practices name their sites too ("Elm Tree Surgery"): a term that is not known to be administrative is a contact.
SELECT ConsultationSourceTerm, lower(ConsultationSourceTerm) AS words,
       regexp_matches(words, 'admin|letter|report|result|document|docman|scanned|attach|laborator|patholog|repeat'
           '|prescription|medication|medicine manag|dispens|third party|externally|referral|summar|migrat'
           '|transfer|gp2gp|data entry|other note|comment|information|\bmemo\b|notes|case conference'
           '|discussion with (colleague|other)|without patient|not seen|not present|no patient|\bno consult'
           '|non-consult|message sent|^mail|e-?mail (to|from|rec|sent)|did not|\bd\.?n\.?a\b|failed|cancel')
           AS is_administrative,
       CASE WHEN regexp_matches(words, 'accident|\ba ?(&|\+|and) ?e\b|casualty|emergency dep|minor inj|urgent care')
                THEN 'emergency'
            WHEN regexp_matches(words, 'inpatient|admission|admitted|\bward\b') THEN 'admission' END AS place_kind,
       CASE WHEN regexp_matches(words, 'phone') THEN 'telephone'
            WHEN regexp_matches(words, 'video|online|multimedia|e-?consult|e-?mail|sms|text message') THEN 'online'
            WHEN regexp_matches(words, '\b(home|visit)\b') AND NOT regexp_matches(words, 'school|hospital|clinic')
                THEN 'home' ELSE 'face to face' END AS mode
FROM (SELECT DISTINCT ConsultationSourceTerm FROM CareRecord_Consultation WHERE ConsultationSourceTerm IS NOT NULL);
-- table: patient
SELECT practice_id, PatientGuid AS patient_id,
       CASE upper(Sex) WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' WHEN 'I' THEN 'indeterminate'
                       WHEN 'U' THEN 'unknown' ELSE coalesce(lower(Sex), 'unknown') END AS sex,
       birth_month,
       -- The row is that of the newest registration; a date of deactivation may lie ahead.
       DateOfRegistration AS registered_on, DateOfDeactivation AS deregistered_on, DateOfDeath AS died_on,
       -- EMIS sends an address; what `pseudonymise` makes of it in the practice are these two.
       DeprivationDecile AS imd_decile, NULL AS ethnicity, HouseholdToken AS household_id,
       -- A code says that the patient lives in an institution; no code says nothing.
       CASE WHEN ResidentialInstituteCode IS NOT NULL THEN true END AS care_home
FROM Admin_Patient JOIN person USING (PatientGuid);
-- table: event
-- A referral is a second row beside its observation, which carries the code; where it does not, the reason may.
WITH observation AS (
    SELECT o.* REPLACE (coalesce(o.CodeId, r.ReferralReasonCodeId) AS CodeId), TRY_CAST(Value AS DOUBLE) AS number
    FROM CareRecord_Observation o
    LEFT JOIN CareRecord_ObservationReferral r
        ON r.PatientGuid = o.PatientGuid AND r.ObservationGuid = CASE WHEN o.CodeId IS NULL THEN o.ObservationGuid END
    WHERE NOT o.IsConfidential
)
SELECT practice_id, PatientGuid AS patient_id,
       -- An observation may come before its code; it is held under EMIS's own number until then.
       coalesce(code, CodeId) AS code, coalesce(system, 'held') AS system,
       -- A year is stored as its first day, which in the year of birth lies before it.
       CASE WHEN EffectiveDatePrecision = 'U' THEN NULL
            WHEN EffectiveDatePrecision = 'Y' AND year(EffectiveDate) = year(birth_month)
                THEN greatest(EffectiveDate, birth_month)
            ELSE EffectiveDate END AS on_date,
       EnteredDate AS recorded_on,
       -- "145/92" is no measurement.
       CASE WHEN isfinite(number) THEN number END AS value, CASE WHEN isfinite(number) THEN NumericUnit END AS unit
FROM observation JOIN person USING (PatientGuid) LEFT JOIN clinical_code USING (CodeId)
WHERE CodeId IS NOT NULL;
-- table: contact
-- A slot without a patient is empty or was cancelled; one that is only booked is no contact yet.
SELECT practice_id, PatientGuid AS patient_id, AppointmentDate AS on_date, coalesce(kind, 'other') AS kind, mode,
       CASE WHEN DidNotAttend THEN 'missed' ELSE 'attended' END AS status
FROM Appointment_Slot JOIN person USING (PatientGuid) LEFT JOIN session_kind USING (SessionGuid)
WHERE DidNotAttend OR LeftTime IS NOT NULL OR SendInTime IS NOT NULL
UNION ALL
-- A consultation that does not say where it came from counts as a contact of kind other.
SELECT practice_id, PatientGuid, EffectiveDate,
       CASE WHEN ConsultationSourceTerm IS NULL THEN 'other' ELSE coalesce(place_kind, clinician_kind, 'other') END,
       mode, 'attended'
FROM CareRecord_Consultation JOIN person USING (PatientGuid)
LEFT JOIN consultation_source USING (ConsultationSourceTerm) LEFT JOIN clinician USING (ClinicianUserInRoleGuid)
-- Contacts are counted by their days: a date known to the year or the month only has none.
WHERE NOT IsConfidential AND EffectiveDate IS NOT NULL AND coalesce(EffectiveDatePrecision, '') NOT IN ('U', 'Y', 'YM')
  AND is_administrative IS NOT true;
-- table: medicine
SELECT practice_id, i.PatientGuid AS patient_id, EffectiveDate AS on_date, DmdProductCodeId AS code, Term AS name,
       -- Taken to be in pounds, which no source says outright; `refuse` looks whether that can be.
       CAST(round(100 * TRY_CAST(EstimatedNhsCost AS DECIMAL(18, 4))) AS BIGINT) AS cost_pence
FROM Prescribing_IssueRecord i JOIN person USING (PatientGuid)
-- A few issues name no drug record, and some no drug of their own.
LEFT JOIN Prescribing_DrugRecord d
    ON d.PatientGuid = i.PatientGuid AND d.DrugRecordGuid = CASE WHEN i.CodeId IS NULL THEN i.DrugRecordGuid END
LEFT JOIN Coding_DrugCode c ON c.CodeId = coalesce(i.CodeId, d.CodeId)
WHERE NOT i.IsConfidential AND EffectiveDate IS NOT NULL
  AND coalesce(EffectiveDatePrecision, '') NOT IN ('U', 'Y', 'YM');
-- table: left_out
SELECT what, sum(rows) AS rows
FROM (
    SELECT left_out AS what, count(*) AS rows FROM patient_of GROUP BY what
    UNION ALL
    SELECT CASE WHEN is_known IS NULL THEN 'observations of patients who are not taken over'
                WHEN IsConfidential THEN 'confidential observations'
                WHEN coalesce(CodeId, ReferralReasonCodeId) IS NULL THEN 'observations without a code'
                WHEN Value IS NOT NULL AND isfinite(TRY_CAST(Value AS DOUBLE)) IS NOT true
                    THEN 'values of observations that are no number' END AS what, count(*)
    FROM CareRecord_Observation o LEFT JOIN person USING (PatientGuid)
    LEFT JOIN CareRecord_ObservationReferral r
        ON r.PatientGuid = o.PatientGuid AND r.ObservationGuid = CASE WHEN o.CodeId IS NULL THEN o.ObservationGuid END
    GROUP BY what
    UNION ALL
    -- A diagnosis counts until a code says that it is resolved, whatever became of the problem it heads.
    SELECT CASE WHEN EndDate IS NOT NULL OR lower(ProblemStatusDescription) LIKE 'past%'
                THEN 'ends of problems, whose codes count all the same' END AS what, count(*)
    FROM CareRecord_Problem SEMI JOIN person USING (PatientGuid)
    GROUP BY what
    UNION ALL
    SELECT CASE WHEN PatientGuid IS NULL THEN 'appointment slots without a patient, empty or cancelled'
                WHEN is_known IS NULL THEN 'appointment slots of patients who are not taken over'
                WHEN NOT DidNotAttend AND LeftTime IS NULL AND SendInTime IS NULL
                    THEN 'appointment slots that are only booked' END AS what, count(*)
    FROM Appointment_Slot LEFT JOIN person USING (PatientGuid)
    GROUP BY what
    UNION ALL
    SELECT CASE WHEN is_known IS NULL THEN 'consultations of patients who are not taken over'
                WHEN IsConfidential THEN 'confidential consultations'
                WHEN is_administrative THEN 'administrative consultations'
                WHEN EffectiveDate IS NULL OR EffectiveDatePrecision IN ('U', 'Y', 'YM')
                    THEN 'consultations whose day is not known' END AS what, count(*)
    FROM CareRecord_Consultation LEFT JOIN person USING (PatientGuid)
    LEFT JOIN consultation_source USING (ConsultationSourceTerm)
    GROUP BY what
    UNION ALL
    SELECT unnest(CASE WHEN is_known IS NULL THEN ['issues of patients who are not taken over']
                       WHEN i.IsConfidential THEN ['confidential issues']
                       WHEN EffectiveDate IS NULL OR EffectiveDatePrecision IN ('U', 'Y', 'YM')
                           THEN ['issues whose day is not known']
                       ELSE [CASE WHEN coalesce(i.CodeId, d.CodeId) IS NULL THEN 'issues that name no drug'
                                  WHEN c.CodeId IS NULL THEN 'issues whose drug code has not arrived yet' END,
                             CASE WHEN EstimatedNhsCost IS NOT NULL
                                       AND TRY_CAST(EstimatedNhsCost AS DECIMAL(18, 4)) IS NULL
                                  THEN 'issues whose cost is no number' END] END) AS what, 1
    FROM Prescribing_IssueRecord i LEFT JOIN person USING (PatientGuid)
    LEFT JOIN Prescribing_DrugRecord d
        ON d.PatientGuid = i.PatientGuid AND d.DrugRecordGuid = CASE WHEN i.CodeId IS NULL THEN i.DrugRecordGuid END
    LEFT JOIN Coding_DrugCode c ON c.CodeId = coalesce(i.CodeId, d.CodeId)
)
WHERE what IS NOT NULL
GROUP BY what;
-- table: opt_out
-- A dissent counts that is confidential, or of a patient who is not taken over.
SELECT PatientGuid, code, system, CASE WHEN EffectiveDatePrecision = 'U' THEN NULL ELSE EffectiveDate END,
       EnteredDate
FROM CareRecord_Observation JOIN clinical_code USING (CodeId) SEMI JOIN opt_out_code USING (code, system);
-- table: sensitive
SELECT 'CareRecord_Observation' AS raw_table, ObservationGuid AS row_id
FROM CareRecord_Observation JOIN clinical_code USING (CodeId) SEMI JOIN sensitive_code USING (code, system)
UNION
SELECT 'CareRecord_ObservationReferral', ObservationGuid
FROM CareRecord_ObservationReferral JOIN clinical_code ON CodeId = ReferralReasonCodeId
SEMI JOIN sensitive_code USING (code, system);
-- table: term
SELECT code, system, Term FROM clinical_code JOIN Coding_ClinicalCode USING (CodeId)
UNION ALL
SELECT DmdProductCodeId, 'dmd', Term FROM Coding_DrugCode;
-- table: refuse
SELECT DISTINCT 'the practice''s sharing agreement with EMIS is switched off, and EMIS then deletes all that it sent. '
                'Nothing was taken over. Ask the practice to switch the agreement on again.' AS message
FROM Agreements_SharingOrganisation
WHERE (Disabled OR Deleted)
  AND OrganisationGuid IN (SELECT OrganisationGuid FROM Admin_Patient UNION
                           SELECT OrganisationGuid FROM Admin_Organisation WHERE upper(ODSCode) = upper($practice))
UNION ALL
-- Half of all items cost less than a few pounds (the mean in England is about nine), so pence would show.
SELECT 'the costs of issues look like pence; they are read as pounds. Ask EMIS which they are.'
FROM Prescribing_IssueRecord
HAVING count(EstimatedNhsCost) >= 1000 AND median(TRY_CAST(EstimatedNhsCost AS DOUBLE)) > 50
UNION ALL
SELECT 'Coding_ClinicalCode has not half of the codes that the observations use. Ask for the whole code table.'
FROM CareRecord_Observation LEFT JOIN clinical_code c USING (CodeId)
HAVING count(CodeId) >= 1000 AND count(c.system) < count(CodeId) / 2;
