-- title:  How many patients are left after each step
-- counts: patients
SELECT programme, practice_id, place, step, patients
FROM steps
ORDER BY programme, practice_id, place
