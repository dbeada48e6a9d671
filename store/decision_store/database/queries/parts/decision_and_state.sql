-- Columns of a decision d and of its state s, as of the parameter as_of; a decision without a state is open.
d.* EXCLUDE (sequence),
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
