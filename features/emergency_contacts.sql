-- title:  Emergency attendances and admissions
-- says:   {value} emergency attendances and admissions in {within}
-- one:    1 emergency attendance or admission in {within}
-- none:   no emergency attendance or admission in {within}
-- unit:   attendances and admissions
-- within: 12 months
-- absent: unknown
-- source: kinds of contact emergency and admission, each kind once a day
-- note:   a practice that has never sent one does not send them (SystmOne keeps them in letters): nothing is known of
--         its patients. Elsewhere everybody has a row, and the day of the newest where there is one.
SELECT p.practice_id, p.patient_id, count(e.on_date) AS value, max(e.on_date) AS on_date
FROM patient AS p
LEFT JOIN emergency_contact AS e
       ON e.practice_id = p.practice_id AND e.patient_id = p.patient_id AND e.on_date > $since
WHERE (p.registered_on IS NULL OR p.registered_on <= $on)
  AND p.practice_id IN (SELECT practice_id FROM emergency_contact)
GROUP BY p.practice_id, p.patient_id
