-- What did won decisions bring in each cell, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type) with a won decision whose revenue is above zero:
--   paid_revenue, paid_revenue_squared: sums over these of revenue and of its square; largest_revenue: of one decision.
SELECT opportunity_source, opportunity_type,
    sum(exact_money(revenue))::DOUBLE AS paid_revenue,
    -- Wide, because two narrow decimals overflow from a million on.
    sum(exactly(revenue / 1000)::DECIMAL(28, 6) * exactly(revenue / 1000))::DOUBLE * 1e6 AS paid_revenue_squared,
    max(revenue) AS largest_revenue
FROM decision_states($as_of)
WHERE state = 'won' AND revenue > 0
GROUP BY ALL
ORDER BY opportunity_source, opportunity_type;
