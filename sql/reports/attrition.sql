-- title:   How many patients are left after each step
-- counts:  patients
-- related: nested
-- within:  programme, practice_id
SELECT programme, practice_id, place, step, patients
FROM steps
ORDER BY programme, practice_id, place
