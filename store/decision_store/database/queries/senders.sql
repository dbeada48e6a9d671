-- How often do the closed decisions of each cell come from the same senders, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type) with a won or lost decision: senders: how many different ones, where a
--   decision without a sender is one of its own; squares: sum over senders of their decisions squared;
--   wins_squared: sum over senders of wins squared / decisions.
WITH named AS (
    SELECT decision_id, sender FROM decisions_at($as_of) WHERE sender <> ''
),
closed AS (
    SELECT decision_id, opportunity_source, opportunity_type, state FROM decision_states($as_of) WHERE state <> 'open'
),
by_sender AS (
    SELECT opportunity_source, opportunity_type, count(*) AS n, count(*) FILTER (WHERE state = 'won') AS won
    FROM closed JOIN named USING (decision_id)
    GROUP BY opportunity_source, opportunity_type, sender
),
-- Of the others each is a sender of its own, so that only those with a sender are joined.
summed AS (
    SELECT opportunity_source, opportunity_type, count(*) AS senders, sum(n * n) AS squares,
        sum(exactly(won * won / n)) AS wins_squared, -sum(n) AS others, -sum(won) AS others_won
    FROM by_sender
    GROUP BY ALL
    UNION ALL
    SELECT opportunity_source, opportunity_type, 0, 0, 0, count(*), count(*) FILTER (WHERE state = 'won')
    FROM closed
    GROUP BY ALL
)
SELECT opportunity_source, opportunity_type,
    (sum(senders) + sum(others))::BIGINT AS senders,
    (sum(squares) + sum(others))::DOUBLE AS squares,
    (sum(wins_squared) + sum(others_won))::DOUBLE AS wins_squared
FROM summed
GROUP BY ALL
ORDER BY opportunity_source, opportunity_type;
