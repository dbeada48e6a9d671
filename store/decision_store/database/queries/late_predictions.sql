-- How many predictions were entered after the outcome of their decision was known or had happened, as of a moment?
-- Parameters: as_of; by_predictor: true counts all versions of our model as one, named model.
-- Columns: model_version; predictions: that are kept, but graded by nobody.
SELECT CASE WHEN $by_predictor AND regexp_matches(model_version, '^m[0-9]{8}T[0-9]{6}-') THEN 'model' ELSE model_version END AS model_version,
    count(DISTINCT prediction_id) AS predictions
FROM predictions_of_decisions($as_of)
WHERE NOT in_time AND NOT shadow
GROUP BY ALL
ORDER BY model_version;
