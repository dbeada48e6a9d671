-- decisions_with_prefix
-- Which decisions have ids that begin so?
-- Parameters: prefix.
-- Columns: decision_id.
SELECT decision_id FROM decisions WHERE starts_with(decision_id, $prefix);
