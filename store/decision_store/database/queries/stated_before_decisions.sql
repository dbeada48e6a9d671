-- Which probabilities had people, agents and other systems stated of each decision before it was made, as of a moment?
-- Parameters: as_of.
-- One row per decision and predictor: the last one no later than the decision that was recorded before its outcome was
--   known.
-- Columns: decision_id; predictor; probability, a fraction.
SELECT p.decision_id, p.model_version AS predictor, p.probability
FROM predictions_of_decisions($as_of) AS p
WHERE p.in_time AND NOT p.shadow
    AND p.model_version <> 'rates' AND NOT regexp_matches(p.model_version, '^m[0-9]{8}T[0-9]{6}-')
QUALIFY row_number() OVER (
    PARTITION BY p.decision_id, p.model_version ORDER BY p.predicted_at DESC, p.row_order DESC
) = 1;
