-- title:  GAD-7 score
-- says:   GAD-7 {value}
-- unit:   score
-- within: 6 months
-- absent: unknown
-- ask:    anxiety (GAD-7)
-- source: Spitzer 2006: 0-4 minimal, 5-9 mild, 10-14 moderate, 15-21 severe
SELECT practice_id, patient_id, value, on_date
FROM coded_event
WHERE list = 'gad7' AND on_date > $since AND value BETWEEN 0 AND 21
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, value DESC) = 1
