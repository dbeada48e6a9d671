-- What is recorded about these decisions? Oldest first.
-- Parameters: ids, a list of texts.
-- Columns: outcome_id; decision_id; revenue_generated; occurred_at; recorded_at.
SELECT outcome_id, decision_id, revenue_generated, occurred_at, recorded_at
FROM outcomes
WHERE decision_id IN (SELECT unnest($ids))
ORDER BY recorded_at, rowid;
