-- title:  HbA1c
-- says:   HbA1c {value} mmol/mol
-- unit:   mmol/mol
-- within: 12 months
-- absent: unknown
-- note:   of two on one day the higher one counts
-- source: NICE PH38: 42 to 47 mmol/mol; per cent to mmol/mol by the IFCC master equation, whole numbers
WITH measured AS (
    SELECT practice_id, patient_id, on_date,
           CASE WHEN category = 'percent' OR unit = '%' THEN round((value - 2.15) * 10.929) ELSE round(value) END
               AS mmol_mol
    FROM coded_event
    WHERE list = 'hba1c' AND on_date > $since AND value > 0
)
SELECT practice_id, patient_id, mmol_mol AS value, on_date
FROM measured
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC, mmol_mol DESC) = 1
