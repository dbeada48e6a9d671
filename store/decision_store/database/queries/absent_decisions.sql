-- How many decisions whose ids begin so are not among these ids?
-- Parameters: prefix; ids: a list of texts.
-- Columns: decisions; example: the first of their ids.
SELECT count(*) AS decisions, min(decision_id) AS example
FROM decisions
WHERE starts_with(decision_id, $prefix) AND decision_id NOT IN (SELECT unnest($ids::VARCHAR[]));
