-- title:  Self-harm
-- says:   self-harm recorded
-- unit:   yes or no
-- within: 12 months
-- absent: false
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date
FROM coded_event
WHERE list = 'self_harm' AND on_date > $since
GROUP BY practice_id, patient_id
