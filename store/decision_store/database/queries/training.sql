-- What is there to learn from, as of a moment? Every decision known then, in time order.
-- Parameters: as_of.
-- Columns: decision_id, timestamp, opportunity_type, opportunity_source, opportunity_content, opportunity_score,
--   sender, action_taken, decision_maker, context; state; revenue: sum over its outcomes;
--   learnt_at: when the log learnt that it is in this state (not when it happened), NULL while open.
WITH known AS (
    SELECT decision_id, known_from, outcomes, state, revenue,
        state <> coalesce(lag(state) OVER (PARTITION BY decision_id ORDER BY outcomes), 'open') AS is_change
    FROM decision_history
    WHERE known_from <= $as_of
),
ended AS (
    SELECT decision_id,
        arg_max(state, outcomes) AS state,
        arg_max(revenue, outcomes) AS revenue,
        max(known_from) FILTER (WHERE is_change) AS changed_at
    FROM known
    GROUP BY decision_id
)
SELECT d.decision_id, d."timestamp", d.opportunity_type, d.opportunity_source, d.opportunity_content,
    d.opportunity_score, d.sender, d.action_taken, d.decision_maker, d.context,
    coalesce(e.state, 'open') AS state,
    coalesce(e.revenue, 0) AS revenue,
    CASE WHEN e.state <> 'open' THEN e.changed_at END AS learnt_at
FROM decisions AS d LEFT JOIN ended AS e USING (decision_id)
WHERE d."timestamp" <= $as_of AND d.recorded_at <= $as_of
ORDER BY d."timestamp", d.decision_id;
