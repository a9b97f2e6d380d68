-- title: reachwell's own tables, as CSV or Parquet
-- reads: patient(practice_id, patient_id patient, sex, birth_month, registered_on, deregistered_on?, died_on?,
--     imd_decile?, ethnicity?, household_id?, care_home?)
--   event(practice_id, patient_id patient, code, system?, on_date, recorded_on?, value?, unit?)
--   contact(practice_id, patient_id patient, on_date, kind, mode?, status)
--   medicine(practice_id, patient_id patient, on_date, code?, name?, cost_pence?)
-- identifying: patient(nhs_number nhs_number, title, name, forename, surname, address address, postcode postcode,
--     phone, mobile, email, birth_date birth_date, birth_month birth_date)
-- table: patient
SELECT practice_id, patient_id,
       CASE lower(sex) WHEN 'f' THEN 'female' WHEN 'm' THEN 'male' WHEN 'i' THEN 'indeterminate'
                       WHEN 'u' THEN 'unknown' ELSE coalesce(nullif(lower(sex), ''), 'unknown') END AS sex,
       -- A month may be written without a day.
       CASE WHEN length(birth_month) = 7 THEN birth_month || '-01' ELSE birth_month END AS birth_month,
       registered_on, deregistered_on, died_on, imd_decile, ethnicity, household_id, care_home
FROM patient;
-- table: event
SELECT practice_id, patient_id, code,
       CASE WHEN system IS NULL OR regexp_matches(lower(system), 'snomed') THEN 'snomed' ELSE lower(system) END
           AS system,
       on_date, recorded_on, value, unit
FROM event;
-- table: contact
SELECT practice_id, patient_id, on_date, lower(kind) AS kind, mode, lower(status) AS status
FROM contact;
-- table: medicine
SELECT practice_id, patient_id, on_date, code, name, cost_pence
FROM medicine;
