-- Of which cells did anything become known in an interval?
-- Parameters: hour, as_of: after hour, and by as_of.
-- Columns: opportunity_source, opportunity_type. A decision whose names were corrected touches the cells of both.
SELECT opportunity_source, opportunity_type FROM (
    SELECT opportunity_source, opportunity_type FROM decisions
    WHERE greatest("timestamp", recorded_at) BETWEEN $hour AND $as_of OR corrected_at BETWEEN $hour AND $as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type FROM decision_versions
    WHERE greatest("timestamp", recorded_at) BETWEEN $hour AND $as_of
        OR known_from BETWEEN $hour AND $as_of OR known_until BETWEEN $hour AND $as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type FROM decision_history
    WHERE known_from BETWEEN $hour AND $as_of OR known_until BETWEEN $hour AND $as_of
)
GROUP BY ALL
ORDER BY ALL;
