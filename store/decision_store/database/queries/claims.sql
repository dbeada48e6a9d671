-- Which comparisons were ever found, and where did they stand as of a moment? Oldest first.
-- Parameters: as_of.
-- Columns: insight_id, insight_type, title, subject, status, status_since, effect, generated_at (when it was found).
-- A log of an earlier version has findings only in its table of insights.
WITH latest AS (
    SELECT * FROM findings
    WHERE recorded_at <= $as_of AND found_at <= $as_of
    QUALIFY row_number() OVER (PARTITION BY insight_id ORDER BY recorded_at DESC, rowid DESC) = 1
)
SELECT insight_id, insight_type, title, subject, status, recorded_at AS status_since, effect, found_at AS generated_at
FROM latest
UNION ALL
SELECT insight_id, insight_type, title, subject, CASE WHEN status_since <= $as_of THEN status ELSE 'supported' END,
    CASE WHEN status_since <= $as_of THEN status_since ELSE generated_at END, effect, generated_at
FROM insights
WHERE subject IS NOT NULL AND effect IS NOT NULL AND generated_at <= $as_of
    AND insight_id NOT IN (SELECT insight_id FROM findings)
ORDER BY generated_at, insight_id;
