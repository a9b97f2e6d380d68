-- title:  Prediabetes
-- says:   prediabetes recorded
-- unit:   yes or no
-- absent: false
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date
FROM coded_event
WHERE list = 'prediabetes'
GROUP BY practice_id, patient_id
