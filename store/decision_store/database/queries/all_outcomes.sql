-- Which outcomes are recorded? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of outcomes; time_to_outcome_hours only where it was given, NULL where the store computed it.
SELECT * REPLACE (CASE WHEN hours_given THEN time_to_outcome_hours END AS time_to_outcome_hours)
FROM outcomes ORDER BY recorded_at, rowid;
