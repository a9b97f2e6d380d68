-- title:  New long-term conditions
-- says:   {value} long-term conditions first recorded in {within}
-- one:    1 long-term condition first recorded in {within}
-- none:   no new long-term condition in {within}
-- unit:   conditions
-- within: 24 months
-- absent: 0
SELECT practice_id, patient_id, count(*) AS value, max(first_on) AS on_date
FROM condition
WHERE first_on > $since
GROUP BY practice_id, patient_id
