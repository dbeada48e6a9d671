-- Which insights are active: those that the newest generation found, and those that it retracted?
-- Parameters: none.
-- Columns: insight_id, insight_type, title, description, confidence_score, data_points, generated_at, subject, status,
--   status_since, effect, later_decisions.
SELECT * EXCLUDE (is_active)
FROM insights
WHERE is_active
ORDER BY generated_at, insight_id;
