-- title:   Patient activation (PAM) level
-- says:    PAM level {value}
-- unit:    level
-- within:  24 months
-- absent:  unknown
-- ask:     patient activation (PAM)
-- setting: pam_level_4_from = 72.5
-- source:  Insignia cut points 47.0, 55.1, 72.4 after rounding to one decimal; an older version has 67.1 for
--          the last one, so it is a setting. A level counts before a score of the same day.
WITH measured AS (
    SELECT practice_id, patient_id, on_date,
           CASE WHEN category = 'level' THEN value
                WHEN round(value, 1) <= 47.0 THEN 1
                WHEN round(value, 1) <= 55.1 THEN 2
                WHEN round(value, 1) < $pam_level_4_from THEN 3
                ELSE 4 END AS value,
           category
    FROM coded_event
    WHERE list = 'pam' AND on_date > $since
      AND ((category = 'level' AND value IN (1, 2, 3, 4)) OR (category = 'score' AND value BETWEEN 0 AND 100))
)
SELECT practice_id, patient_id, value, on_date
FROM measured
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id
                           ORDER BY on_date DESC, category, value) = 1
