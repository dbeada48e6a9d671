-- How much was decided, won, lost and received in each of a row of periods? Oldest first.
-- Parameters: as_of; bounds: list of moments, ascending: a period from each to the next (one fewer than moments).
-- Columns: since; decisions: made in it; won, lost: decisions whose closing outcome happened in it;
--   revenue: of the outcomes that happened in it, refunds subtracted.
WITH {decisions_by_period},
closed AS (
    SELECT since,
        count(*) FILTER (WHERE state = 'won') AS won,
        count(*) FILTER (WHERE state = 'lost') AS lost
    FROM (SELECT state, closed_at FROM decision_states($as_of) WHERE closed_at <= $as_of) AS s
    ASOF JOIN starts ON s.closed_at >= starts.since
    GROUP BY ALL
),
paid AS (
    SELECT since, sum(exact_money(revenue_generated))::DOUBLE AS revenue
    FROM (
        SELECT revenue_generated, occurred_at FROM outcomes_at($as_of) WHERE occurred_at <= $as_of
    ) AS o
    ASOF JOIN starts ON o.occurred_at >= starts.since
    GROUP BY ALL
)
SELECT since,
    coalesce(decisions, 0) AS decisions,
    coalesce(won, 0)::BIGINT AS won,
    coalesce(lost, 0)::BIGINT AS lost,
    coalesce(revenue, 0) AS revenue
FROM starts LEFT JOIN made USING (since) LEFT JOIN closed USING (since) LEFT JOIN paid USING (since)
WHERE since < (SELECT max(since) FROM starts)
ORDER BY since;
