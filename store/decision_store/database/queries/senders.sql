-- How often do the closed decisions of each cell come from the same senders, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type) with a won or lost decision: senders: how many different ones, where a
--   decision without a sender is one of its own; squares: sum over senders of their decisions squared;
--   wins_squared: sum over senders of wins squared / decisions.
WITH by_sender AS (
    SELECT d.opportunity_source, d.opportunity_type, count(*) AS n, count(*) FILTER (WHERE s.state = 'won') AS won
    FROM decisions_at($as_of) AS d JOIN decision_states($as_of) AS s USING (decision_id)
    WHERE s.state <> 'open'
    GROUP BY d.opportunity_source, d.opportunity_type, coalesce(nullif(d.sender, ''), chr(0) || d.decision_id)
)
SELECT opportunity_source, opportunity_type, count(*)::BIGINT AS senders, sum(n * n)::DOUBLE AS squares,
    sum(exactly(won * won / n))::DOUBLE AS wins_squared
FROM by_sender
GROUP BY ALL
ORDER BY opportunity_source, opportunity_type;
