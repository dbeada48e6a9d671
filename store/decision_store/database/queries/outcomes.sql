-- What did we learn in an interval? Oldest first.
-- Parameters: as_of; since, until: outcomes with since <= recorded_at < until, NULL: no bound.
-- Columns: all of outcomes, the copies of the decision's type, source and time included.
SELECT * FROM outcomes
WHERE recorded_at <= $as_of AND decision_recorded_at <= $as_of AND decision_timestamp <= $as_of
    AND ($since IS NULL OR recorded_at >= $since)
    AND ($until IS NULL OR recorded_at < $until)
ORDER BY recorded_at, rowid;
