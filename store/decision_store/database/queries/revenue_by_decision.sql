-- What did the decisions of each of a row of periods bring so far? Oldest period first.
-- Parameters: as_of; bounds: list of moments, ascending: a period from each to the next (one fewer than moments).
-- Columns: since; decisions: made in it; revenue: of those that are won, whenever it was received.
WITH {decisions_by_period},
earned AS (
    SELECT since, sum(exact_money(revenue))::DOUBLE AS revenue
    FROM (SELECT decision_timestamp, revenue FROM decision_states($as_of)) AS s
    ASOF JOIN starts ON s.decision_timestamp >= starts.since
    GROUP BY ALL
)
SELECT since, coalesce(decisions, 0) AS decisions, coalesce(revenue, 0) AS revenue
FROM starts LEFT JOIN made USING (since) LEFT JOIN earned USING (since)
WHERE since < (SELECT max(since) FROM starts)
ORDER BY since;
