-- Which decisions have ids that start with a text?
-- Parameters: prefix: the text.
-- Columns: decision_id.
SELECT decision_id FROM decisions WHERE starts_with(decision_id, $prefix);
