-- title:  Kinds of symptom
-- says:   symptoms of {value} kinds in {within}: {detail}
-- one:    symptoms of one kind in {within}: {detail}
-- none:   no symptom code in {within}
-- unit:   kinds
-- within: 24 months
-- absent: 0
SELECT practice_id, patient_id, count(DISTINCT category) AS value, max(on_date) AS on_date,
       string_agg(DISTINCT category, ', ' ORDER BY category) AS detail
FROM coded_event
WHERE list = 'symptom' AND on_date > $since
GROUP BY practice_id, patient_id
