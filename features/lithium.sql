-- title:  Lithium
-- says:   lithium issued
-- unit:   yes or no
-- within: 12 months
-- absent: false
-- needs:  medicine.name
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date
FROM coded_medicine
WHERE list = 'psychotropic_medicine' AND category = 'lithium' AND on_date > $since
GROUP BY practice_id, patient_id
