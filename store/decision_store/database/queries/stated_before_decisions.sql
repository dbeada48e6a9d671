-- Which probabilities had people, agents and other systems stated of each decision before it was made, as of a moment?
-- Parameters: as_of.
-- One row per decision and predictor: the last one no later than the decision. A decision belongs to the opportunity
--   whose id it names; where it names none, its own id is taken for that of the opportunity.
-- Columns: decision_id; predictor; probability, a fraction.
SELECT d.decision_id, p.model_version AS predictor, p.probability
FROM predictions AS p
JOIN decisions_at($as_of) AS d
    ON p.opportunity_id = coalesce(nullif(d.opportunity_id, ''), d.decision_id) AND p.predicted_at <= d."timestamp"
WHERE p.predicted_at <= $as_of AND p.probability IS NOT NULL AND NOT p.shadow
    AND p.model_version <> 'rates' AND NOT regexp_matches(p.model_version, '^m[0-9]{8}T[0-9]{6}-')
QUALIFY row_number() OVER (
    PARTITION BY d.decision_id, p.model_version ORDER BY p.predicted_at DESC, p.rowid DESC
) = 1;
