-- Which are the newest decisions of some cells? Newest first within a cell.
-- Parameters: as_of; types, sources: lists of equal length, the cells; limit: decisions of each cell at most.
-- Columns: opportunity_type, opportunity_source, decision_id.
WITH cells AS (
    SELECT DISTINCT unnest($types::VARCHAR[]) AS opportunity_type, unnest($sources::VARCHAR[]) AS opportunity_source
)
SELECT opportunity_type, opportunity_source, decision_id
FROM decisions_at($as_of)
JOIN cells USING (opportunity_type, opportunity_source)
QUALIFY row_number() OVER (
    PARTITION BY opportunity_type, opportunity_source ORDER BY "timestamp" DESC, decision_id
) <= $limit
ORDER BY opportunity_type, opportunity_source, "timestamp" DESC, decision_id;
