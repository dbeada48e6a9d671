-- What is known about one decision, as of a moment? No row: unknown then.
-- Parameters: as_of; decision_id.
-- Columns: as of the question 'decisions'.
SELECT {decision_and_state}
FROM decisions_at($as_of) AS d
LEFT JOIN (SELECT * FROM decision_states($as_of) WHERE decision_id = $decision_id) AS s USING (decision_id)
WHERE d.decision_id = $decision_id;
