-- title:  Fasting glucose
-- says:   fasting glucose {value} mmol/L
-- unit:   mmol/L
-- within: 12 months
-- absent: unknown
-- note:   of two on one day the higher one counts
-- source: NICE PH38: 5.5 to 6.9 mmol/L; mg/dL divided by 18.016, one decimal
WITH measured AS (
    SELECT practice_id, patient_id, on_date,
           round(CASE WHEN lower(unit) = 'mg/dl' THEN value / 18.016 ELSE value END, 1) AS mmol_l
    FROM coded_event
    WHERE list = 'fasting_glucose' AND on_date > $since AND value > 0
)
SELECT practice_id, patient_id, mmol_l AS value, on_date
FROM measured
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, mmol_l DESC) = 1
