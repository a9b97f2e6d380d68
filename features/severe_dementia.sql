-- title:  Severe dementia
-- says:   dementia with severe frailty, or housebound
-- unit:   yes or no
-- absent: false
-- note:   no code for the severity of dementia could be verified; severe frailty or being housebound stands for it
WITH housebound AS (
    SELECT practice_id, patient_id, category = 'housebound' AS value
    FROM coded_event
    WHERE list = 'housebound'
    QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id
                               ORDER BY on_date DESC NULLS LAST, category DESC) = 1
),
frail AS (
    SELECT practice_id, patient_id, category = 'severe' AS value
    FROM coded_event
    WHERE list = 'frailty'
    QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id
                               ORDER BY on_date DESC NULLS LAST, category DESC) = 1
)
SELECT practice_id, patient_id, true AS value, c.on_date
FROM condition c
LEFT JOIN housebound h USING (practice_id, patient_id)
LEFT JOIN frail f USING (practice_id, patient_id)
WHERE c.category = 'dementia' AND (h.value OR f.value)
