-- title: Emergency attendances and admissions
-- made:  delivery
-- grain: one row per patient, day and kind, however often it was told
SELECT DISTINCT practice_id, patient_id, on_date, kind
FROM contact
WHERE kind IN ('emergency', 'admission') AND status = 'attended'
ORDER BY on_date, patient_id, kind
