-- How did decisions of each age end, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type, slice) with a decision known at as_of, where the time from the
--   first decision to the last is cut into 32 slices, 0 the newest: hours: mean age; decisions; won; lost. The others are open.
WITH known AS (
    SELECT opportunity_source, opportunity_type, hours_between("timestamp", $as_of::TIMESTAMP) AS age,
        1 AS one, 0 AS won, 0 AS lost
    FROM decisions WHERE "timestamp" <= $as_of AND recorded_at <= $as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type, hours_between(decision_timestamp, $as_of::TIMESTAMP),
        0, (state = 'won')::INTEGER, (state = 'lost')::INTEGER
    FROM decision_states($as_of) WHERE state <> 'open'
),
bounds AS (
    SELECT min(age) AS newest, max(age) - min(age) AS span FROM known
),
cut AS (
    SELECT known.*, CASE WHEN span > 0 THEN least(floor(32 * (age - newest) / span), 31) ELSE 0 END AS slice
    FROM known CROSS JOIN bounds
)
SELECT opportunity_source, opportunity_type, slice::INTEGER AS slice,
    sum(exactly(age)) FILTER (WHERE one = 1)::DOUBLE / nullif(sum(one), 0) AS hours,
    sum(one)::BIGINT AS decisions, sum(won)::BIGINT AS won, sum(lost)::BIGINT AS lost
FROM cut
GROUP BY ALL
HAVING sum(one) > 0
ORDER BY opportunity_source, opportunity_type, slice;
