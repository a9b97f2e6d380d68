-- title:  Type 1 opt-out
-- says:   opted out of data use beyond direct care
-- unit:   yes or no
-- absent: false
-- source: the latest of dissent and withdrawal; on one day the dissent holds
SELECT practice_id, patient_id, category = 'dissent' AS value, on_date
FROM coded_event
WHERE list = 'type_1_opt_out'
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id
                           ORDER BY on_date DESC NULLS LAST, category) = 1
