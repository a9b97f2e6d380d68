-- title:  Lives alone
-- says:   lives alone{detail}
-- none:   lives with others
-- unit:   yes or no
-- absent: unknown
-- ask:    whether the person lives alone
-- source: the latest living-status code says; a household of one person is alone
-- note:   older than 5 years is told as old and still known; on one day, with others wins
WITH said AS (
    SELECT practice_id, patient_id, on_date,
           CASE category WHEN 'alone' THEN true WHEN 'with others' THEN false ELSE value = 1 END AS value
    FROM coded_event
    WHERE list = 'living_status' AND (category <> 'household size' OR value >= 1)
)
SELECT practice_id, patient_id, value, on_date,
       CASE WHEN on_date > $on - INTERVAL 5 YEARS THEN ''
            WHEN on_date IS NULL THEN ' (date not known)' ELSE ' (recorded over 5 years ago)' END AS detail
FROM said
QUALIFY row_number() OVER (PARTITION BY practice_id, patient_id ORDER BY on_date DESC NULLS LAST, value) = 1
