-- title:  Kinds of symptom
-- says:   symptoms of {value} kinds in {within}: {detail}
-- one:    symptoms of one kind in {within}: {detail}
-- none:   no symptom code in {within}
-- unit:   kinds
-- within: 24 months
-- absent: 0
WITH chapter AS (
    SELECT practice_id, patient_id, category, max(on_date) AS on_date
    FROM coded_event
    WHERE list = 'symptom' AND on_date > $since
    GROUP BY practice_id, patient_id, category
)
SELECT practice_id, patient_id, count(*) AS value, max(on_date) AS on_date,
       string_agg(category, ', ' ORDER BY category) AS detail
FROM chapter
GROUP BY practice_id, patient_id
