-- Which insights are active: those that the newest generation found?
-- Parameters: none.
-- Columns: insight_id, insight_type, title, description, confidence_score, data_points, generated_at.
SELECT insight_id, insight_type, title, description, confidence_score, data_points, generated_at
FROM insights
WHERE is_active
ORDER BY generated_at, insight_id;
