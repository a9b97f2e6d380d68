-- title: Days with a clinical contact
-- made:  delivery
-- grain: one row per patient and day, however many contacts the day had
-- source: days rather than encounters, whose number differs seven-fold by supplier (Greater Manchester SDE)
SELECT DISTINCT practice_id, patient_id, on_date
FROM contact
WHERE status = 'attended'
ORDER BY on_date, patient_id
