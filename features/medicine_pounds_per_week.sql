-- title:  Medicine cost
-- says:   £{value} of medicines a week over {within}
-- none:   no medicine cost in {within}
-- unit:   pounds a week
-- within: 12 weeks
-- absent: 0
-- needs:  medicine.cost_pence
-- source: sum of issue costs over the weeks of the look-back; England's mean is about £3.30 a head and week
-- note:   an issue without a cost makes the sum a lower bound
SELECT practice_id, patient_id, coalesce(sum(cost_pence), 0) / 100.0 / $weeks AS value, max(on_date) AS on_date,
       count(*) > count(cost_pence) AS at_least
FROM medicine_cost
WHERE on_date > $since
GROUP BY practice_id, patient_id
