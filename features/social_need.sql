-- title:  Social need
-- says:   social need recorded: {detail}
-- unit:   yes or no
-- within: 24 months
-- absent: false
-- source: Healthy London Partnership group 5; Cordis Bright 3.2.2
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date,
       string_agg(DISTINCT category, ', ' ORDER BY category) AS detail
FROM coded_event
WHERE list = 'social_need' AND on_date > $since
GROUP BY practice_id, patient_id
