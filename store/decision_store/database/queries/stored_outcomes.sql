-- What is stored under these outcome ids, whenever it was recorded?
-- Parameters: ids, a list of texts.
-- Columns: all of outcomes; voided: whether it was taken back.
SELECT *, EXISTS (
    FROM void_periods AS p WHERE p.decision_id = o.decision_id AND p.outcome_id = o.outcome_id AND p.known_until = 'infinity'
) AS voided
FROM outcomes AS o WHERE outcome_id IN (SELECT unnest($ids));
