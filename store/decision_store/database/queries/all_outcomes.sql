-- Which outcomes are recorded? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of outcomes; time_to_outcome_hours only where it was given, NULL where the store computed it;
--   recorded_at no earlier than that of an outcome of the decision recorded before it, whatever the clock said.
SELECT * EXCLUDE (sequence) REPLACE (
    CASE WHEN hours_given THEN time_to_outcome_hours END AS time_to_outcome_hours,
    recorded_not_before(
        recorded_at, sequence,
        max(recorded_at) OVER (PARTITION BY decision_id, sequence IS NULL ORDER BY sequence)
    ) AS recorded_at
)
FROM outcomes
ORDER BY recorded_at, sequence NULLS FIRST, rowid;
