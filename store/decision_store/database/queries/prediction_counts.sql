-- How many predictions has each model version, person, agent or other system made, as of a moment?
-- Parameters: as_of; by_predictor: true counts all versions of our model as one, named model; shadow: true counts those that were only kept to be graded, false those that people were shown.
-- Columns: model_version; predictions; opportunities: different ones; first_predicted, last_predicted.
SELECT CASE WHEN $by_predictor AND regexp_matches(model_version, '^m[0-9]{8}T[0-9]{6}-') THEN 'model' ELSE model_version END AS model_version,
    count(*) AS predictions,
    count(DISTINCT opportunity_id) AS opportunities,
    min(predicted_at) AS first_predicted,
    max(predicted_at) AS last_predicted
FROM predictions
WHERE predicted_at <= $as_of AND made_at(predicted_at, recorded_at) <= $as_of AND probability IS NOT NULL AND shadow = $shadow
GROUP BY ALL
ORDER BY model_version;
