-- title:  Long-term conditions
-- says:   {value} long-term conditions: {detail}
-- one:    a long-term condition: {detail}
-- none:   no long-term condition
-- unit:   conditions
-- absent: 0
-- source: Healthy London Partnership group 1; conditions as in the Cambridge score, resolved ones left out
SELECT practice_id, patient_id, count(*) AS value, max(on_date) AS on_date,
       string_agg(category, ', ' ORDER BY category) AS detail
FROM condition
GROUP BY practice_id, patient_id
