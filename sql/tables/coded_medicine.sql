-- title: Issues of medicines whose substance is on a code list
-- made:  delivery
-- grain: one row per issue and list
-- note: a substance is the first word of the product's name, so that every supplier's codes do
SELECT m.practice_id, m.patient_id, c.list, c.category, m.on_date
FROM medicine m
JOIN codelist c ON (c.system = 'substance' AND c.code = regexp_extract(lower(m.name), '^[a-z]+'))
ORDER BY list, on_date, patient_id, category
