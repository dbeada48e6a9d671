-- What did models say in an interval? Oldest first.
-- Parameters: as_of; since, until: predictions with since <= predicted_at < until, NULL: no bound.
-- Columns: all of predictions.
SELECT * FROM predictions
WHERE predicted_at <= $as_of
    AND ($since IS NULL OR predicted_at >= $since)
    AND ($until IS NULL OR predicted_at < $until)
ORDER BY predicted_at, rowid;
