-- title:  Depression or anxiety
-- says:   depression or anxiety recorded
-- unit:   yes or no
-- within: 12 months
-- absent: false
SELECT practice_id, patient_id, true AS value, on_date
FROM condition
WHERE category = 'depression or anxiety' AND on_date > $since
