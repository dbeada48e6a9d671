-- What had each model version predicted to people of a decision before it was made, and what is its state, as of a moment?
-- Parameters: as_of.
-- One row per decision and model version: the last prediction that was made no later than the decision, which is the
--   one people could act on, and was recorded before its outcome was known. What was predicted in shadow mode, people were
--   not shown: shadow_pairs asks for that. Oldest decision first.
-- Columns: decision_id; decided_at; sender; prediction_id, opportunity_id, model_version, predicted_at, probability, low,
--   high, expected_revenue: of the prediction, fractions and the log's currency; state; revenue: sum over its outcomes;
--   hours: from decision to closing outcome, or the age of an open decision; age_hours: its age, whatever its state.
SELECT p.decision_id, p.decided_at, p.sender,
    p.prediction_id, p.opportunity_id, p.model_version, p.predicted_at,
    p.probability, p.low, p.high, p.expected_revenue,
    coalesce(s.state, 'open') AS state,
    coalesce(s.revenue, 0) AS revenue,
    coalesce(s.hours, (epoch_us($as_of::TIMESTAMP) - epoch_us(p.decided_at)) / 3.6e9) AS hours,
    (epoch_us($as_of::TIMESTAMP) - epoch_us(p.decided_at)) / 3.6e9 AS age_hours
FROM predictions_of_decisions($as_of) AS p
LEFT JOIN decision_states($as_of) AS s USING (decision_id)
WHERE p.in_time AND NOT p.shadow
QUALIFY row_number() OVER (
    PARTITION BY p.decision_id, p.model_version ORDER BY p.predicted_at DESC, p.row_order DESC
) = 1
ORDER BY p.decided_at, p.decision_id, p.model_version;
