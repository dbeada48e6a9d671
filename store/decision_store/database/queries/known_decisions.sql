-- Which decisions has the log known only since a moment, and what state are they in, as of another? Newest first.
-- Parameters: as_of; since: decisions known since then or later: once they were made and recorded.
-- Columns: those of the question 'decisions'.
SELECT d.* EXCLUDE (sequence),
    coalesce(s.state, 'open') AS state,
    coalesce(s.revenue, 0) AS revenue,
    coalesce(s.received, 0) AS received,
    coalesce(s.responded, false) AS responded,
    coalesce(s.customer_acquired, false) AS customer_acquired,
    coalesce(s.deal_closed, false) AS deal_closed,
    coalesce(s.outcomes, 0) AS outcomes,
    s.closed_at,
    coalesce(s.hours, (epoch_us($as_of::TIMESTAMP) - epoch_us(d."timestamp")) / 3.6e9) AS hours,
    coalesce(
        CASE WHEN s.state <> 'open' THEN s.delay_hours END, hours_between(d."timestamp", $as_of::TIMESTAMP)
    ) AS delay_hours
FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
WHERE greatest(d."timestamp", d.recorded_at) >= $since
ORDER BY d."timestamp" DESC, d.decision_id;
