-- Which past decisions of one cell are there, and what are their states? Newest first.
-- Parameters: as_of; opportunity_type, opportunity_source: the cell; limit: NULL: all.
-- Columns: decision_id, timestamp, opportunity_content, sender, opportunity_score, context, action_taken, state,
--   revenue, closed_at,
--   hours: from decision to closing outcome, or the age of an open decision.
SELECT d.decision_id, d."timestamp", d.opportunity_content, d.sender, d.opportunity_score,
    d.context, d.action_taken,
    coalesce(s.state, 'open') AS state,
    coalesce(s.revenue, 0) AS revenue,
    s.closed_at,
    coalesce(s.hours, (epoch_us($as_of::TIMESTAMP) - epoch_us(d."timestamp")) / 3.6e9) AS hours
FROM decisions_at($as_of) AS d
LEFT JOIN (
    SELECT * FROM decision_states($as_of)
    WHERE opportunity_type = $opportunity_type AND opportunity_source = $opportunity_source
) AS s USING (decision_id)
WHERE d.opportunity_type = $opportunity_type AND d.opportunity_source = $opportunity_source
ORDER BY d."timestamp" DESC, d.decision_id
LIMIT coalesce($limit, 9223372036854775807);
