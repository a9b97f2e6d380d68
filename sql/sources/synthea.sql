-- title: Synthea CSV export, 2.7 to 3.3
-- note: one file set is one practice; costs are US dollars, so no cost is taken over
-- reads: patients(Id, BIRTHDATE, DEATHDATE?, GENDER, RACE?)
--   encounters(START, PATIENT, ENCOUNTERCLASS)
--   conditions(START, PATIENT, CODE)
--   observations(DATE, PATIENT, CODE, VALUE, UNITS?)
--   medications(START, PATIENT, CODE, DESCRIPTION?)
--   procedures?(DATE?, START?, PATIENT, CODE)
-- identifying: patients(BIRTHDATE birth_date, SSN, DRIVERS, PASSPORT, PREFIX, FIRST, MIDDLE, LAST, SUFFIX, MAIDEN,
--     BIRTHPLACE, ADDRESS, CITY, COUNTY, FIPS, ZIP, LAT, LON)
--   devices(UDI)
--   payer_transitions(MEMBERID, OWNERNAME, OWNER_NAME)
--   claims_transactions(NOTES text, LINENOTE text)
-- public: organizations, providers, payers
-- table: patient
SELECT $practice AS practice_id, Id AS patient_id,
       CASE GENDER WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' ELSE 'unknown' END AS sex,
       left(BIRTHDATE, 7) || '-01' AS birth_month,
       -- Synthea writes a whole life's record: there is no registration, and nothing before it is missing.
       left(BIRTHDATE, 10) AS registered_on,
       NULL AS deregistered_on, left(DEATHDATE, 10) AS died_on, NULL AS imd_decile, RACE AS ethnicity,
       NULL AS household_id, NULL AS care_home
FROM patients;
-- table: event
-- The same fact may stand in two files: UNION keeps it once. A condition's end is not a second fact.
SELECT $practice AS practice_id, PATIENT AS patient_id, CODE AS code, 'snomed' AS system,
       left(START, 10) AS on_date, NULL AS recorded_on, NULL AS value, NULL AS unit
FROM conditions
UNION
SELECT $practice, PATIENT, CODE, 'snomed', left(coalesce(START, DATE), 10), NULL, NULL, NULL
FROM procedures
UNION
-- VALUE mixes numbers and answers in words; an answer in words is no measurement.
SELECT $practice, PATIENT, CODE,
       CASE WHEN regexp_matches(CODE, '^\d+-\d$') THEN 'loinc'
            WHEN regexp_matches(CODE, '^\d{6,18}$') THEN 'snomed' ELSE 'local' END,
       left(DATE, 10), NULL,
       CASE WHEN TRY_CAST(VALUE AS DOUBLE) IS NOT NULL THEN VALUE END,
       CASE WHEN TRY_CAST(VALUE AS DOUBLE) IS NOT NULL THEN UNITS END
FROM observations
-- table: contact
SELECT $practice AS practice_id, PATIENT AS patient_id, left(START, 10) AS on_date,
       CASE ENCOUNTERCLASS WHEN 'emergency' THEN 'emergency' WHEN 'urgentcare' THEN 'emergency'
                           WHEN 'inpatient' THEN 'admission' WHEN 'snf' THEN 'admission'
                           WHEN 'hospice' THEN 'admission' WHEN 'wellness' THEN 'gp'
                           WHEN 'ambulatory' THEN 'gp' WHEN 'virtual' THEN 'gp' ELSE 'other' END AS kind,
       CASE ENCOUNTERCLASS WHEN 'virtual' THEN 'online' WHEN 'home' THEN 'home' ELSE 'face to face' END AS mode,
       'attended' AS status
FROM encounters
-- table: medicine
SELECT $practice AS practice_id, PATIENT AS patient_id, left(START, 10) AS on_date, CODE AS code,
       DESCRIPTION AS name, NULL AS cost_pence
FROM medications
