-- title:  HbA1c
-- says:   HbA1c {value} mmol/mol
-- unit:   mmol/mol
-- within: 12 months
-- absent: unknown
-- source: NICE PH38: 42 to 47 mmol/mol; per cent to mmol/mol by the IFCC master equation, whole numbers
SELECT practice_id, patient_id,
       CASE WHEN category = 'percent' OR unit = '%' THEN round((value - 2.15) * 10.929) ELSE round(value) END AS value,
       on_date
FROM coded_event
WHERE list = 'hba1c' AND on_date > $since AND value > 0
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, value DESC) = 1
