-- title:  Adult safeguarding
-- says:   adult safeguarding recorded
-- unit:   yes or no
-- within: 24 months
-- absent: false
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date
FROM coded_event
WHERE list = 'adult_safeguarding' AND on_date > $since
GROUP BY practice_id, patient_id
