-- title:  End of life
-- says:   on the end of life register
-- unit:   yes or no
-- absent: false
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date
FROM coded_event
WHERE list = 'end_of_life'
GROUP BY practice_id, patient_id
