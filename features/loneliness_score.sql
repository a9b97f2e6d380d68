-- title:  Loneliness (UCLA-3) score
-- says:   UCLA-3 loneliness score {value}
-- unit:   score
-- within: 24 months
-- absent: unknown
-- ask:    loneliness (UCLA-3)
SELECT practice_id, patient_id, value, on_date
FROM coded_event
WHERE list = 'loneliness_score' AND on_date > $since AND value BETWEEN 3 AND 9
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, value DESC) = 1
