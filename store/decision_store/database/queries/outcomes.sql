-- What did we learn in an interval? Oldest first. Without outcomes that were void then.
-- Parameters: as_of; since, until: outcomes with since <= recorded_at < until, NULL: no bound.
-- Columns: all of outcomes, the copies of the decision's type, source and time included.
SELECT * EXCLUDE (row_order) FROM outcomes_at($as_of)
WHERE ($since IS NULL OR recorded_at >= $since)
    AND ($until IS NULL OR recorded_at < $until)
ORDER BY recorded_at, row_order;
