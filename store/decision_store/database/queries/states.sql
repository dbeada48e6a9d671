-- What is the state of these decisions, as of a moment? A decision without an outcome is not among them: it is open.
-- Parameters: as_of; ids, a list of texts.
-- Columns: decision_id; state; revenue.
SELECT decision_id, state, revenue FROM decision_states($as_of) WHERE decision_id IN (SELECT unnest($ids));
