-- title:  Care home
-- says:   lives in a care home
-- unit:   yes or no
-- absent: false
-- note:   the latest living-status code says, or the source's own mark of a care home
WITH said AS (
    SELECT practice_id, patient_id, on_date, list = 'care_home' AS value
    FROM coded_event
    WHERE list IN ('living_status', 'care_home') AND category IS DISTINCT FROM 'household size'
),
latest AS (
    SELECT practice_id, patient_id, value, on_date
    FROM said
    QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id
                               ORDER BY on_date DESC NULLS LAST, value DESC) = 1
)
SELECT practice_id, patient_id, coalesce(p.care_home, false) OR coalesce(l.value, false) AS value, l.on_date
FROM latest l
FULL JOIN (SELECT practice_id, patient_id, care_home FROM patient WHERE care_home) p
    USING (practice_id, patient_id)
