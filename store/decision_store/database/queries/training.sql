-- What is there to learn from, as of a moment? Every decision known then, in time order.
-- Parameters: as_of.
-- Columns: decision_id, timestamp, opportunity_type, opportunity_source, opportunity_content, opportunity_score,
--   sender, action_taken, decision_maker, context; state; revenue: sum over its outcomes;
--   learnt_at: when the outcome that closed it was recorded (its own time where it is backfill), NULL while open.
SELECT d.decision_id, d."timestamp", d.opportunity_type, d.opportunity_source, d.opportunity_content,
    d.opportunity_score, d.sender, d.action_taken, d.decision_maker, d.context,
    coalesce(s.state, 'open') AS state,
    coalesce(s.revenue, 0) AS revenue,
    CASE WHEN s.state <> 'open' THEN greatest(s.closing_recorded_at, d."timestamp") END AS learnt_at
FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
ORDER BY d."timestamp", d.decision_id;
