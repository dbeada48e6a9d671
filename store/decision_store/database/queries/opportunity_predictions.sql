-- What was predicted about one opportunity, as of a moment? Oldest first.
-- Parameters: as_of; opportunity_id.
-- Columns: all of predictions.
SELECT * FROM predictions
WHERE opportunity_id = $opportunity_id AND predicted_at <= $as_of
ORDER BY predicted_at, rowid;
