-- Which probability did people, agents and other systems state of each opportunity last, as of a moment?
-- Parameters: as_of.
-- Columns: opportunity_id; predictor; probability, a fraction.
SELECT opportunity_id, model_version AS predictor, probability
FROM predictions
WHERE predicted_at <= $as_of AND made_at(predicted_at, recorded_at) <= $as_of AND probability IS NOT NULL AND NOT shadow
    AND model_version <> 'rates' AND NOT regexp_matches(model_version, '^m[0-9]{8}T[0-9]{6}-')
QUALIFY row_number() OVER (
    PARTITION BY opportunity_id, model_version ORDER BY predicted_at DESC, rowid DESC
) = 1;
