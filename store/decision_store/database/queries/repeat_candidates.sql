-- Which outcomes do these decisions have, whenever they were recorded? Newest first.
-- Parameters: ids, a list of decision ids.
-- Columns: all of outcomes; voided: whether it was taken back.
SELECT *, EXISTS (
    FROM void_periods AS p
    WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id) AND p.known_until = 'infinity'
) AS voided
FROM outcomes AS o
WHERE decision_id IN (SELECT unnest($ids))
ORDER BY sequence DESC NULLS LAST, recorded_at DESC, rowid DESC;
