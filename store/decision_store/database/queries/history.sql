-- What is recorded about one decision? Every fact in the order in which the log learnt of it, predictions included.
-- Parameters: decision_id.
-- Columns: recorded_at; kind: decision, outcome, void, restore, correct, redate or prediction; id; what: in words; voided:
--   an outcome that was taken back.
WITH told AS (
    SELECT recorded_at, 0 AS rank, sequence, 0 AS place, 'decision' AS kind, decision_id AS id,
        format('{} from {}: {}', opportunity_type, opportunity_source, action_taken) AS what, false AS voided
    FROM logged_decisions WHERE decision_id = $decision_id
    UNION ALL
    SELECT recorded_at, 2, sequence, o.rowid, 'outcome', outcome_id,
        format('{} {}, {:.2f}{}', outcome_type, outcome_status, revenue_generated, CASE WHEN notes = '' THEN '' ELSE ': ' || notes END),
        EXISTS (
            FROM void_periods AS p
            WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id) AND p.known_until = 'infinity'
        )
    FROM outcomes AS o WHERE decision_id = $decision_id
    UNION ALL
    SELECT recorded_at, 3, sequence, row_order, action, amendment_id,
        concat_ws(' ', action, nullif(field, ''), nullif(value, ''), nullif(outcome_id, ''), nullif(reason, '')), false
    FROM amendments_in_order WHERE decision_id = $decision_id
    UNION ALL
    SELECT predicted_at, 1, NULL, p.rowid, 'prediction', prediction_id,
        format('{}: {}', model_version, coalesce(format('{:.3f}', probability), 'nothing known')), false
    FROM predictions AS p
    WHERE opportunity_id IN (SELECT opportunity_id FROM every_decision WHERE decision_id = $decision_id) AND NOT shadow
)
SELECT recorded_at, kind, id, what, voided FROM told
ORDER BY recorded_not_before(
    recorded_at, sequence, max(recorded_at) OVER (PARTITION BY sequence IS NULL ORDER BY sequence)
), sequence NULLS FIRST, rank, place;
