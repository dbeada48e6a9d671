-- How has each cell done, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type) with a decision known at as_of:
--   decisions; responses, customers, deals: decisions that got one; won, lost, open: states, adding up to decisions;
--   revenue: sum over all outcomes; cost: sum over the cost_known decisions whose cost is known;
--   revenue_where_cost_known: revenue of just those; effort_minutes, effort_known, revenue_where_effort_known: likewise;
--   won_hours_sum: hours from decision to win, summed over won; paid: won decisions with revenue > 0;
--   sum_log_revenue, sum_log_revenue_squared: over paid, natural logarithm;
--   first_decision; last_recorded: when the newest fact used was recorded.
SELECT * FROM cells($as_of) ORDER BY opportunity_source, opportunity_type;
