-- title:  Fasting glucose
-- says:   fasting glucose {value} mmol/L
-- unit:   mmol/L
-- within: 12 months
-- absent: unknown
-- source: NICE PH38: 5.5 to 6.9 mmol/L; mg/dL divided by 18.016, one decimal
SELECT practice_id, patient_id,
       round(CASE WHEN lower(unit) = 'mg/dl' THEN value / 18.016 ELSE value END, 1) AS value, on_date
FROM coded_event
WHERE list = 'fasting_glucose' AND on_date > $since AND value > 0
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, value DESC) = 1
