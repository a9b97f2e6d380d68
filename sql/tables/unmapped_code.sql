-- title: Events whose code maps to no SNOMED CT code
-- made:  delivery
-- grain: one row per event
-- note:  held: the row of the code table that says what the code is has not come yet
SELECT e.practice_id, e.patient_id, e.system, e.code, e.on_date, e.recorded_on
FROM event e
ANTI JOIN codelist c ON c.code = e.code AND c.system = e.system
WHERE e.system IN ('read2', 'ctv3', 'local', 'held')
ORDER BY system, code, patient_id, on_date, recorded_on
