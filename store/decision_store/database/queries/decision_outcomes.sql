-- Which outcomes does one decision have, as of a moment? Oldest first, those that were taken back included.
-- Parameters: as_of; decision_id.
-- Columns: all of outcomes; voided: it was taken back by then.
SELECT o.* EXCLUDE (sequence),
    EXISTS (
        FROM void_periods AS p
        WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id)
            AND p.known_from <= $as_of AND $as_of < p.known_until
    ) AS voided
FROM outcomes AS o
WHERE decision_id = $decision_id AND recorded_at <= $as_of
ORDER BY recorded_not_before(
    recorded_at, sequence, max(recorded_at) OVER (PARTITION BY sequence IS NULL ORDER BY sequence)
), sequence NULLS FIRST, rowid;
