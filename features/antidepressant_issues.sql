-- title:  Antidepressant or anxiolytic issues
-- says:   {value} issues of an antidepressant or anxiolytic in {within}
-- one:    1 issue of an antidepressant or anxiolytic in {within}
-- none:   no antidepressant or anxiolytic in {within}
-- unit:   issues
-- within: 12 months
-- absent: 0
-- needs:  medicine.name
SELECT practice_id, patient_id, count(*) AS value, max(on_date) AS on_date
FROM coded_medicine
WHERE list = 'psychotropic_medicine' AND category IN ('antidepressant', 'anxiolytic') AND on_date > $since
GROUP BY practice_id, patient_id
