-- What did migrations change about answers? Oldest first.
-- Parameters: none.
-- Columns: version of the schema; note, a sentence; noted_at.
SELECT * FROM schema_notes ORDER BY version, noted_at;
