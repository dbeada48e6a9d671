-- What was shown for a decision, what did a version in shadow mode predict, and what is the decision's state?
-- Parameters: as_of: the moment asked about; tried: the model version in shadow mode.
-- One row per decision: the last pair of predictions about its opportunity, with the same inputs and from the same
--   facts, of which neither was made later than the decision or recorded after its outcome was known. Oldest decision
--   first.
-- Columns: decision_id; decided_at; sender; served, tried: probability by each, a fraction; state.
SELECT p.decision_id, p.decided_at, p.sender,
    p.probability AS served,
    s.probability AS tried,
    coalesce(now_.state, 'open') AS state
FROM predictions_of_decisions($as_of) AS p
JOIN predictions_of_decisions($as_of) AS s
    ON s.decision_id = p.decision_id AND s.inputs_hash = p.inputs_hash AND s.facts_until = p.facts_until
LEFT JOIN decision_states($as_of) AS now_ ON now_.decision_id = p.decision_id
WHERE p.model_version <> $tried AND NOT p.shadow AND p.in_time
    AND s.model_version = $tried AND s.shadow AND s.in_time
QUALIFY row_number() OVER (
    PARTITION BY p.decision_id ORDER BY greatest(p.predicted_at, s.predicted_at) DESC, s.row_order DESC
) = 1
ORDER BY p.decided_at, p.decision_id;
