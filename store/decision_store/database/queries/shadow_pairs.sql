-- What was shown for a decision, what did a version in shadow mode predict, and what is the decision's state?
-- Parameters: as_of: the moment asked about; tried: the model version in shadow mode.
-- One row per decision: the last pair of predictions about its opportunity, with the same inputs and from the same
--   facts, of which neither was made later than the decision. A decision belongs to the opportunity whose id it names;
--   where it names none, its own id is taken for that of the opportunity. Oldest decision first.
-- Columns: decision_id; decided_at; sender; served, tried: probability by each, a fraction; state.
SELECT d.decision_id, d."timestamp" AS decided_at, d.sender,
    p.probability AS served,
    s.probability AS tried,
    coalesce(now_.state, 'open') AS state
FROM decisions_at($as_of) AS d
JOIN predictions AS p
    ON p.opportunity_id = coalesce(nullif(d.opportunity_id, ''), d.decision_id) AND p.predicted_at <= d."timestamp"
JOIN predictions AS s
    ON s.opportunity_id = p.opportunity_id AND s.inputs_hash = p.inputs_hash AND s.as_of = p.as_of
    AND s.predicted_at <= d."timestamp"
LEFT JOIN decision_states($as_of) AS now_ USING (decision_id)
WHERE p.model_version <> $tried AND NOT p.shadow AND p.predicted_at <= $as_of AND p.probability IS NOT NULL
    AND s.model_version = $tried AND s.shadow AND s.predicted_at <= $as_of AND s.probability IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY d.decision_id ORDER BY greatest(p.predicted_at, s.predicted_at) DESC, s.rowid DESC
) = 1
ORDER BY d."timestamp", d.decision_id;
