-- title:  Contact days with a symptom
-- says:   {value} contact days with a symptom code in {within}
-- one:    1 contact day with a symptom code in {within}
-- none:   no contact day with a symptom code in {within}
-- unit:   days
-- within: 24 months
-- absent: 0
SELECT practice_id, patient_id, count(DISTINCT on_date) AS value, max(on_date) AS on_date
FROM coded_event
SEMI JOIN contact_day USING (practice_id, patient_id, on_date)
WHERE list = 'symptom' AND on_date > $since
GROUP BY practice_id, patient_id
