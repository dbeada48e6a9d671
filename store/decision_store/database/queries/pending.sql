-- Of how many decisions that are still open is cost or effort known, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type) with a decision known at as_of: open_cost_known; open_effort_known.
WITH known AS (
    SELECT opportunity_source, opportunity_type, count(cost_usd) AS cost, count(effort_minutes) AS effort
    FROM decisions WHERE "timestamp" <= $as_of AND recorded_at <= $as_of GROUP BY ALL
),
closed AS (
    SELECT opportunity_source, opportunity_type,
        count(*) FILTER (WHERE has_cost) AS cost, count(*) FILTER (WHERE has_effort) AS effort
    FROM decision_states($as_of) WHERE state <> 'open' GROUP BY ALL
)
SELECT opportunity_source, opportunity_type,
    (known.cost - coalesce(closed.cost, 0))::BIGINT AS open_cost_known,
    (known.effort - coalesce(closed.effort, 0))::BIGINT AS open_effort_known
FROM known LEFT JOIN closed USING (opportunity_source, opportunity_type)
ORDER BY opportunity_source, opportunity_type;
