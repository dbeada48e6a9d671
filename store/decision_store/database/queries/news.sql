-- How much was decided and learnt since a moment, as of another?
-- Parameters: as_of; since.
-- One row: decisions: made since then; outcomes: known since then, and revenue: the sum of theirs;
--   won, lost: decisions of these outcomes by the state they are in at as_of.
WITH learnt AS (
    SELECT decision_id, revenue_generated FROM outcomes_at($as_of)
    WHERE greatest(recorded_at, decision_recorded_at, decision_timestamp) >= $since
),
touched AS (
    SELECT state FROM decision_states($as_of) WHERE decision_id IN (SELECT decision_id FROM learnt)
)
SELECT (SELECT count(*) FROM decisions_at($as_of) WHERE "timestamp" >= $since) AS decisions,
    (SELECT count(*) FROM learnt) AS outcomes,
    (SELECT coalesce(sum(exact_money(revenue_generated)), 0)::DOUBLE FROM learnt) AS revenue,
    (SELECT count(*) FROM touched WHERE state = 'won') AS won,
    (SELECT count(*) FROM touched WHERE state = 'lost') AS lost;
