-- Which of the decisions made since a moment are open longest, as of another? Longest first.
-- Parameters: as_of; since: decisions made then or later; limit: how many.
-- Columns: those of the question 'decisions'.
SELECT {decision_and_state}
FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
WHERE d."timestamp" >= $since AND coalesce(s.state, 'open') = 'open'
ORDER BY d."timestamp", d.decision_id
LIMIT $limit;
