-- What can decisions be grouped by, and how did they end, as of a moment? Every decision known then, in time order.
-- Parameters: as_of.
-- Columns: timestamp, opportunity_type, opportunity_source, decision_maker, action_taken, action_probability, sender, received_at, effort_minutes; state; revenue:
--   sum over its outcomes; responded; learnt_at: when the outcome that closed it was recorded, NULL while open.
SELECT d."timestamp", d.opportunity_type, d.opportunity_source, d.decision_maker, d.action_taken, d.action_probability, d.sender,
    d.received_at, d.effort_minutes,
    coalesce(s.state, 'open') AS state,
    coalesce(s.revenue, 0) AS revenue,
    coalesce(s.responded, false) AS responded,
    CASE WHEN s.state <> 'open' THEN greatest(s.closing_recorded_at, d."timestamp") END AS learnt_at
FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
ORDER BY d."timestamp", d.decision_id;
