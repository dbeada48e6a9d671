-- What does the view say that people's own SQL reads?
-- Parameters: none.
-- Columns: those of the view conversion_metrics, as of now.
SELECT * FROM conversion_metrics ORDER BY source_type, opportunity_type;
