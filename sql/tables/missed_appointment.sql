-- title: Appointments that were missed
-- made:  delivery
-- grain: one row per missed appointment
SELECT practice_id, patient_id, on_date
FROM contact
WHERE status = 'missed'
ORDER BY on_date, patient_id
