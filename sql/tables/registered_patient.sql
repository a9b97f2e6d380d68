-- title: Patients alive and registered on the index date
-- made:  night
-- grain: one row per patient
-- note: known_from is the first day from which the practice's record of the patient is whole
SELECT p.practice_id, p.patient_id, p.sex, p.birth_month,
       date_sub('year', p.birth_month, $on) AS age,
       CASE WHEN p.registered_on IS NOT NULL
            THEN greatest(p.registered_on, q.covers_from, q.migrated_on) END AS known_from
FROM patient p
JOIN practice q USING (practice_id)
WHERE p.deregistered_on IS NULL AND p.died_on IS NULL
  AND (p.registered_on IS NULL OR p.registered_on <= $on)
