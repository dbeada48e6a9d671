-- Which predictions are recorded? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of predictions.
SELECT * FROM predictions ORDER BY predicted_at, rowid;
