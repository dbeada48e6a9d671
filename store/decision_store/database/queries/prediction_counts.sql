-- How many predictions has each model version made, as of a moment?
-- Parameters: as_of; shadow: true counts those that were only kept to be graded, false those that people were shown.
-- Columns: model_version; predictions; opportunities: different ones; first_predicted, last_predicted.
SELECT model_version,
    count(*) AS predictions,
    count(DISTINCT opportunity_id) AS opportunities,
    min(predicted_at) AS first_predicted,
    max(predicted_at) AS last_predicted
FROM predictions
WHERE predicted_at <= $as_of AND probability IS NOT NULL AND shadow = $shadow
GROUP BY model_version
ORDER BY model_version;
