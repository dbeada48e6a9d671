-- What is recorded about these decisions? Oldest first.
-- Parameters: ids, a list of texts.
-- Columns: outcome_id; decision_id; revenue_generated; occurred_at; recorded_at.
SELECT outcome_id, decision_id, revenue_generated, occurred_at, recorded_at
FROM outcomes AS o
WHERE decision_id IN (SELECT unnest($ids))
    AND NOT EXISTS (
        FROM void_periods AS p
        WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id) AND p.known_until = 'infinity'
    )
ORDER BY recorded_at, rowid;
