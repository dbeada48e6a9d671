-- Which amendments are recorded? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of amendments.
SELECT * FROM amendments ORDER BY recorded_at, rowid;
