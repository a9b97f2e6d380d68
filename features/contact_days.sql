-- title:  Contact days
-- says:   {value} days with a clinical contact in {within}
-- one:    1 day with a clinical contact in {within}
-- none:   no clinical contact in {within}
-- unit:   days
-- within: 12 months
-- absent: 0
-- source: contact-days rather than encounters, which differ by supplier (Greater Manchester SDE)
SELECT practice_id, patient_id, count(*) AS value, max(on_date) AS on_date
FROM contact_day
WHERE on_date > $since
GROUP BY practice_id, patient_id
