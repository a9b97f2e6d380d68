-- title:  Missed appointments
-- says:   {value} appointments missed in {within}
-- one:    1 appointment missed in {within}
-- none:   no appointment missed in {within}
-- unit:   appointments
-- within: 36 months
-- absent: 0
SELECT practice_id, patient_id, count(*) AS value, max(on_date) AS on_date
FROM missed_appointment
WHERE on_date > $since
GROUP BY practice_id, patient_id
