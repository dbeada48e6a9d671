-- What is known about one decision, as of a moment? No row: unknown then.
-- Parameters: as_of; decision_id.
-- Columns: as of the question 'decisions'.
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
FROM decisions_at($as_of) AS d
LEFT JOIN (SELECT * FROM decision_states($as_of) WHERE decision_id = $decision_id) AS s USING (decision_id)
WHERE d.decision_id = $decision_id;
