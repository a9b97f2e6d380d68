-- title: Events whose code is on a code list
-- made:  delivery
-- grain: one row per event and list
SELECT e.practice_id, e.patient_id, c.list, c.category, c.term, e.code, e.on_date, e.recorded_on, e.value, e.unit
FROM event e
JOIN codelist c ON c.code = e.code AND c.system = e.system
ORDER BY c.list, e.patient_id, e.on_date, e.code, e.recorded_on, e.value, e.unit
