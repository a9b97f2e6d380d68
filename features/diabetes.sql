-- title:  Diabetes
-- says:   diabetes recorded
-- unit:   yes or no
-- absent: false
SELECT practice_id, patient_id, true AS value, on_date
FROM condition
WHERE category = 'diabetes'
