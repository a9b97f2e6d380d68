-- title: What each issue of a medicine cost
-- made:  delivery
-- grain: one row per issue
SELECT practice_id, patient_id, on_date, cost_pence
FROM medicine
ORDER BY on_date, patient_id, cost_pence
