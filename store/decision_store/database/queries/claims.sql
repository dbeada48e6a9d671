-- Which comparisons were ever found and stored, and where do they stand? Oldest first.
-- Parameters: none.
-- Columns: insight_id, insight_type, title, subject, status, status_since, effect, generated_at.
SELECT insight_id, insight_type, title, subject, status, status_since, effect, generated_at
FROM insights
WHERE subject IS NOT NULL
ORDER BY generated_at, insight_id;
