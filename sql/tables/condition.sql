-- title: Long-term conditions a patient has on the index date
-- made:  night
-- grain: one row per patient and condition
-- note: the latest of diagnosis and resolution wins; on one day the resolution does
WITH diagnosed AS (
    SELECT practice_id, patient_id, category, max(on_date) AS on_date,
           -- One without a date is older than any dated one: then nothing says when the condition was new.
           CASE WHEN count(*) = count(on_date) THEN min(on_date) END AS first_on
    FROM coded_event WHERE list = 'long_term_condition'
    GROUP BY practice_id, patient_id, category
),
resolved AS (
    SELECT practice_id, patient_id, category, max(on_date) AS on_date
    FROM coded_event WHERE list = 'long_term_condition_resolved'
    GROUP BY practice_id, patient_id, category
)
SELECT d.practice_id, d.patient_id, d.category, d.on_date, d.first_on
FROM diagnosed d
LEFT JOIN resolved r USING (practice_id, patient_id, category)
-- A diagnosis or resolution without a date counts as older than any dated one.
WHERE r.patient_id IS NULL OR d.on_date > r.on_date OR (d.on_date IS NOT NULL AND r.on_date IS NULL)
