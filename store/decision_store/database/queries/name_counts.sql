-- How often is each name of a type, source or decision maker used, as of a moment? Most decisions first.
-- Parameters: as_of.
-- Columns: field; name: as it is shown; decisions; first_decision, last_decision.
WITH known AS (
    SELECT * FROM decisions_at($as_of)
)
SELECT field, name, count(*) AS decisions, min(decided) AS first_decision, max(decided) AS last_decision
FROM (
    SELECT 'opportunity_type' AS field, opportunity_type AS name, "timestamp" AS decided FROM known
    UNION ALL
    SELECT 'opportunity_source', opportunity_source, "timestamp" FROM known
    UNION ALL
    SELECT 'decision_maker', decision_maker, "timestamp" FROM known WHERE decision_maker <> ''
)
GROUP BY field, name
ORDER BY field, decisions DESC, name;
