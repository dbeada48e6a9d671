-- Which decisions and outcomes are taken back now?
-- Parameters: none.
-- Columns: decision_id; outcome_id: '' where the whole decision is; occurred_at, revenue_generated: of an outcome;
--   voided_by: the amendment that took it back.
SELECT v.*, o.occurred_at, o.revenue_generated
FROM (
    SELECT p.decision_id, p.outcome_id, arg_max(a.amendment_id, a.row_order) AS voided_by
    FROM void_periods AS p JOIN amendments_in_order AS a
        ON a.decision_id = p.decision_id AND a.outcome_id = p.outcome_id AND a.recorded_at = p.known_from
    WHERE p.known_until = 'infinity' AND a.action = 'void'
    GROUP BY ALL
) AS v
LEFT JOIN outcomes AS o ON v.outcome_id <> '' AND o.outcome_id = v.outcome_id;
