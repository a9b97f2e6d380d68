-- title: OMOP CDM 5.3 and 5.4, CSV or Parquet
-- note: one file set is one practice; costs are not in pounds, so no cost is taken over
-- reads: person(person_id, gender_concept_id, year_of_birth, month_of_birth?, race_source_value?)
--   death?(person_id, death_date)
--   observation_period(person_id, observation_period_start_date)
--   visit_occurrence(person_id, visit_concept_id, visit_start_date)
--   condition_occurrence(person_id, condition_concept_id, condition_start_date, condition_source_value?,
--     condition_source_concept_id?)
--   observation(person_id, observation_concept_id, observation_date, value_as_number?, value_as_string?,
--     observation_source_value?, observation_source_concept_id?, unit_source_value?)
--   measurement(person_id, measurement_concept_id, measurement_date, value_as_number?,
--     measurement_source_value?, measurement_source_concept_id?, unit_source_value?)
--   procedure_occurrence?(person_id, procedure_concept_id, procedure_date, procedure_source_value?,
--     procedure_source_concept_id?)
--   drug_exposure(person_id, drug_concept_id, drug_exposure_start_date, drug_source_value?)
--   concept?(concept_id, concept_name, vocabulary_id, concept_code)
-- identifying: person(day_of_birth, birth_datetime birth_date, person_source_value)
--   location(address_1 address, address_2 address, city, zip postcode, location_source_value, latitude, longitude)
--   note(note_title text, note_text text)
--   note_nlp(snippet text, lexical_variant text)
--   device_exposure(unique_device_id)
--   payer_plan_period(family_source_value)
-- public: care_site, provider, cdm_source, metadata, cohort_definition, attribute_definition
-- table: patient
WITH first_seen AS (
    SELECT person_id, min(left(observation_period_start_date, 10)) AS registered_on
    FROM observation_period GROUP BY person_id
),
died AS (SELECT person_id, min(left(death_date, 10)) AS died_on FROM death GROUP BY person_id)
SELECT $practice AS practice_id, person_id AS patient_id,
       CASE gender_concept_id WHEN '8532' THEN 'female' WHEN '8507' THEN 'male' ELSE 'unknown' END AS sex,
       -- Where only the year is known, July is at most half a year wrong.
       year_of_birth || '-' || lpad(coalesce(month_of_birth, '7'), 2, '0') || '-01' AS birth_month,
       -- An observation period ends with the last thing recorded, not with deregistration.
       registered_on, NULL AS deregistered_on, died_on, NULL AS imd_decile,
       race_source_value AS ethnicity, NULL AS household_id, NULL AS care_home
FROM person LEFT JOIN first_seen USING (person_id) LEFT JOIN died USING (person_id);
-- table: event
WITH fact AS (
    SELECT person_id, condition_start_date AS on_date, condition_concept_id AS standard,
           condition_source_concept_id AS given, condition_source_value AS source_value,
           NULL AS value, NULL AS unit
    FROM condition_occurrence
    UNION ALL
    SELECT person_id, observation_date, observation_concept_id, observation_source_concept_id,
           observation_source_value,
           coalesce(value_as_number, CASE WHEN TRY_CAST(value_as_string AS DOUBLE) IS NOT NULL THEN value_as_string END),
           unit_source_value FROM observation
    UNION ALL
    SELECT person_id, measurement_date, measurement_concept_id, measurement_source_concept_id,
           measurement_source_value, value_as_number, unit_source_value FROM measurement
    UNION ALL
    SELECT person_id, procedure_date, procedure_concept_id, procedure_source_concept_id,
           procedure_source_value, NULL, NULL FROM procedure_occurrence
),
named AS (
    SELECT fact.*,
           -- A source value that passed through a float ("73595000.0") is still exact below 2^53.
           regexp_replace(trim(source_value), '^(\d{5,15})\.0$', '\1') AS source_code,
           coalesce(own.concept_code, mapped.concept_code) AS concept_code,
           lower(coalesce(own.vocabulary_id, mapped.vocabulary_id)) AS vocabulary
    FROM fact
    LEFT JOIN concept own ON own.concept_id = fact.given AND own.vocabulary_id IN ('SNOMED', 'LOINC')
    LEFT JOIN concept mapped ON mapped.concept_id = fact.standard AND mapped.vocabulary_id IN ('SNOMED', 'LOINC')
)
-- The same fact in two tables is one row: DISTINCT over what the fact says. A fact with no known concept is
-- read by its source value, and what is no code of a known system is kept as a local one.
SELECT DISTINCT $practice AS practice_id, person_id AS patient_id,
       coalesce(concept_code, source_code, standard) AS code,
       CASE WHEN vocabulary IS NOT NULL THEN vocabulary
            WHEN regexp_matches(source_code, '^\d{1,7}-\d$') THEN 'loinc'
            WHEN regexp_matches(source_code, '^\d{6,18}$') THEN 'snomed' ELSE 'local' END AS system,
       left(on_date, 10) AS on_date, NULL AS recorded_on, value, CASE WHEN value IS NOT NULL THEN unit END AS unit
FROM named
-- table: contact
SELECT $practice AS practice_id, person_id AS patient_id, left(visit_start_date, 10) AS on_date,
       CASE visit_concept_id WHEN '9201' THEN 'admission' WHEN '262' THEN 'admission'
                             WHEN '8717' THEN 'admission' WHEN '42898160' THEN 'admission'
                             WHEN '9203' THEN 'emergency' WHEN '8782' THEN 'emergency'
                             WHEN '9202' THEN 'gp' WHEN '5083' THEN 'gp' WHEN '581477' THEN 'gp'
                             ELSE 'other' END AS kind,
       CASE visit_concept_id WHEN '5083' THEN 'telephone' WHEN '581477' THEN 'home' END AS mode,
       'attended' AS status
FROM visit_occurrence
-- table: medicine
SELECT $practice AS practice_id, person_id AS patient_id, left(drug_exposure_start_date, 10) AS on_date,
       regexp_replace(trim(drug_source_value), '^(\d{1,15})\.0$', '\1') AS code,
       concept_name AS name, NULL AS cost_pence
FROM drug_exposure LEFT JOIN concept ON concept_id = drug_concept_id
