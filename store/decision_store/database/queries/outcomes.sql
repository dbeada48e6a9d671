-- What did we learn in an interval? Oldest first. Without outcomes that were void then.
-- Parameters: as_of; since, until: outcomes known from a moment in [since, until), NULL: no bound. An outcome is known once it
--   and its decision are recorded.
-- Columns: all of outcomes, the copies of the decision's type, source and time included.
SELECT * EXCLUDE (row_order, sequence) FROM outcomes_at($as_of)
WHERE ($since IS NULL OR greatest(recorded_at, decision_recorded_at, decision_timestamp) >= $since)
    AND ($until IS NULL OR greatest(recorded_at, decision_recorded_at, decision_timestamp) < $until)
ORDER BY recorded_at, row_order;
