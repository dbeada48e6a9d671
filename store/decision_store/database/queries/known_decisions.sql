-- Which decisions has the log known only since a moment, and what state are they in, as of another? Newest first.
-- Parameters: as_of; since: decisions known since then or later: once they were made and recorded.
-- Columns: those of the question 'decisions'.
SELECT {decision_and_state}
FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
WHERE greatest(d."timestamp", d.recorded_at) >= $since
ORDER BY d."timestamp" DESC, d.decision_id;
