-- How far does the log reach, as of a moment? One row; it changes when a decision, an outcome or an amendment is added.
-- Parameters: as_of.
-- Columns: decisions, outcomes, amendments: how many are known; last_recorded: when the newest of them was recorded,
--   NULL: none.
SELECT d.decisions, o.outcomes, a.amendments, greatest(d.last_recorded, o.last_recorded, a.last_recorded) AS last_recorded
FROM (
    SELECT count(*) AS decisions, max(recorded_at) AS last_recorded FROM decisions_at($as_of)
) AS d, (
    SELECT count(*) AS outcomes, max(recorded_at) AS last_recorded
    FROM outcomes WHERE recorded_at <= $as_of
) AS o, (
    SELECT count(*) AS amendments, max(recorded_at) AS last_recorded
    FROM amendments WHERE recorded_at <= $as_of
) AS a;
