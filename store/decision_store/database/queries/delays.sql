-- How long did decisions take to be won or lost, and how old are the open ones, as of a moment?
-- Parameters: as_of.
-- A histogram: opportunity_source, opportunity_type, state ('won', 'lost', 'open'),
--   bin: floor(8 log2(hours)) with hours at least 1/64, so a bin is 9 % wide;
--   decisions: how many; hours: their mean. Hours of an open decision: its age.
-- The open ones are all decisions less the closed, bin by bin: outcomes carry their decision's time, so no join is
-- needed. Ages are added up in whole microseconds, which makes the difference exact.
WITH states AS (
    SELECT * FROM decision_states($as_of) WHERE state <> 'open'
),
closed AS (
    SELECT opportunity_source, opportunity_type, state,
        floor(8 * log2(greatest(hours, 1 / 64)))::INTEGER AS bin,
        count(*) AS decisions,
        sum(exactly(hours))::DOUBLE / count(*) AS hours
    FROM states
    GROUP BY ALL
),
ages AS (
    SELECT opportunity_source, opportunity_type,
        epoch_us($as_of::TIMESTAMP) - epoch_us("timestamp") AS age, 1 AS one
    FROM decisions
    WHERE "timestamp" <= $as_of AND recorded_at <= $as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type,
        epoch_us($as_of::TIMESTAMP) - epoch_us(decision_timestamp), -1
    FROM states
),
aged AS (
    SELECT opportunity_source, opportunity_type, 'open' AS state,
        floor(8 * log2(greatest(age / 3.6e9, 1 / 64)))::INTEGER AS bin,
        sum(one)::BIGINT AS decisions,
        sum(one * age)::DOUBLE / 3.6e9 / nullif(sum(one), 0) AS hours
    FROM ages
    GROUP BY ALL
    HAVING sum(one) > 0
)
SELECT * FROM closed
UNION ALL
SELECT * FROM aged
ORDER BY opportunity_source, opportunity_type, state, bin;
