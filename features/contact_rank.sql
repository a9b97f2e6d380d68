-- title:  Rank by contact days
-- says:   among the {value} who attend most for their sex and age{detail}
-- unit:   share
-- within: 12 months
-- absent: unknown
-- source: Jeyes 2019 and CPRD practice: rank within practice, sex and age band (at least 3 bands per sex)
-- note:   only people whose whole window is on record are ranked. Ranks are min-ranks: people who tie share
--         the better rank, and a tie is told.
WITH counted AS (
    SELECT practice_id, patient_id, count(*) AS days, max(on_date) AS on_date
    FROM contact_day
    WHERE on_date > $since
    GROUP BY practice_id, patient_id
),
placed AS (
    SELECT practice_id, patient_id, sex,
           CASE WHEN age < 18 THEN 0 WHEN age < 45 THEN 18 WHEN age < 65 THEN 45 ELSE 65 END AS band,
           coalesce(days, 0) AS days, on_date
    FROM registered_patient
    LEFT JOIN counted USING (practice_id, patient_id)
    WHERE known_from <= $since + 1
),
-- A histogram of day counts instead of sorting people: a band has thousands of people but few counts.
histogram AS (
    SELECT practice_id, sex, band, days, count(*) AS people
    FROM placed GROUP BY practice_id, sex, band, days
),
ranked AS (
    SELECT practice_id, sex, band, days, people,
           (sum(people) OVER (PARTITION BY practice_id, sex, band ORDER BY days DESC
                              ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - people + 1)
               / sum(people) OVER (PARTITION BY practice_id, sex, band) AS value
    FROM histogram
)
SELECT practice_id, patient_id, value, on_date,
       CASE people WHEN 1 THEN '' WHEN 2 THEN ' (level with 1 other)'
                   ELSE ' (level with ' || (people - 1) || ' others)' END AS detail
FROM placed JOIN ranked USING (practice_id, sex, band, days)
