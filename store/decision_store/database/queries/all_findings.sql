-- Which statuses did comparisons of the insights get? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of findings.
SELECT * FROM findings ORDER BY recorded_at, rowid;
