-- How far does the log reach, as of a moment? One row; it changes when a decision or an outcome is added.
-- Parameters: as_of.
-- Columns: decisions, outcomes: how many are known; last_recorded: when the newest of them was learnt, NULL: none.
SELECT d.decisions, o.outcomes, greatest(d.last_recorded, o.last_recorded) AS last_recorded
FROM (
    SELECT count(*) AS decisions, max(recorded_at) AS last_recorded
    FROM decisions WHERE recorded_at <= $as_of AND "timestamp" <= $as_of
) AS d, (
    SELECT count(*) AS outcomes, max(recorded_at) AS last_recorded
    FROM outcomes WHERE recorded_at <= $as_of
) AS o;
