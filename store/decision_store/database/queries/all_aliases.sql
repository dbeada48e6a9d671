-- Which aliases are recorded? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of aliases.
SELECT * FROM aliases ORDER BY recorded_at, rowid;
