-- title:  PHQ-9 score
-- says:   PHQ-9 {value}
-- unit:   score
-- within: 6 months
-- absent: unknown
-- ask:    mood (PHQ-9)
-- source: Kroenke 2001: 0-4 minimal, 5-9 mild, 10-14 moderate, 15-19 moderately severe, 20-27 severe
SELECT practice_id, patient_id, value, on_date
FROM coded_event
WHERE list = 'phq9' AND on_date > $since AND value BETWEEN 0 AND 27
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, value DESC) = 1
