-- title:  Social prescribing declined
-- says:   social prescribing declined recorded
-- unit:   yes or no
-- within: 12 months
-- absent: false
SELECT practice_id, patient_id, true AS value, max(on_date) AS on_date
FROM coded_event
WHERE list = 'social_prescribing' AND category = 'declined' AND on_date > $since
GROUP BY practice_id, patient_id
