-- How did decisions of each age end, as of a moment?
-- Parameters: as_of; aged_at: the moment at which ages are counted, no later than that.
-- One row per (opportunity_source, opportunity_type, slice) with a decision known at as_of, where the time from the
--   first decision to the last known at aged_at, of whatever cell, is cut into 32 slices, 0 the newest: hours: mean age; decisions; won; lost. The others are open.
WITH known AS (
    SELECT opportunity_source, opportunity_type, hours_between("timestamp", $aged_at::TIMESTAMP) AS age,
        1 AS one, 0 AS won, 0 AS lost
    FROM decisions WHERE "timestamp" <= $as_of AND recorded_at <= $as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type, hours_between(decision_timestamp, $aged_at::TIMESTAMP),
        0, (state = 'won')::INTEGER, (state = 'lost')::INTEGER
    FROM decision_states($as_of) WHERE state <> 'open'
),
bounds AS (
    SELECT min(age) AS newest, max(age) - min(age) AS span FROM (
        SELECT hours_between("timestamp", $aged_at::TIMESTAMP) AS age FROM main.decisions
        WHERE "timestamp" <= $aged_at AND recorded_at <= $aged_at
    )
),
cut AS (
    SELECT known.*, CASE WHEN span > 0 THEN greatest(least(floor(32 * (age - newest) / span), 31), 0) ELSE 0 END AS slice
    FROM known CROSS JOIN bounds
)
SELECT opportunity_source, opportunity_type, slice::INTEGER AS slice,
    sum(exactly(age)) FILTER (WHERE one = 1)::DOUBLE / nullif(sum(one), 0) AS hours,
    sum(one)::BIGINT AS decisions, sum(won)::BIGINT AS won, sum(lost)::BIGINT AS lost
FROM cut
GROUP BY ALL
HAVING sum(one) > 0
ORDER BY opportunity_source, opportunity_type, slice;
