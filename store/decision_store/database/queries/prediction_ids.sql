-- Which predictions did one version make from the same facts?
-- Parameters: model_version; facts_until, the moment up to which facts were used.
-- Columns: prediction_id.
SELECT prediction_id FROM predictions WHERE as_of = $facts_until AND model_version = $model_version;
