-- Which amendments are recorded? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of amendments; recorded_at no earlier than that of a fact recorded before it, whatever the clock said.
SELECT * EXCLUDE (row_order, sequence) FROM amendments_in_order ORDER BY recorded_at, sequence NULLS FIRST, row_order;
