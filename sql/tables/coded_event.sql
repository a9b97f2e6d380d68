-- title: Events whose code is on a code list
-- made:  delivery
-- grain: one row per event and list
-- note:  the code itself is not kept: features ask for a list and a category, and every column is read each night
SELECT e.practice_id, e.patient_id, c.list, c.category, e.on_date, e.recorded_on, e.value, e.unit
FROM event e
JOIN codelist c ON c.code = e.code AND c.system = e.system
ORDER BY list, patient_id, on_date, category, recorded_on, value, unit
