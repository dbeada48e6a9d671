-- What had each model version predicted to people of a decision before it was made, and what is its state, as of a moment?
-- Parameters: as_of.
-- One row per decision and model version: the last prediction that was made no later than the decision, which is the
--   one people could act on. What was predicted in shadow mode, people were not shown: shadow_pairs asks for that. A decision belongs to the opportunity whose id it names; where it names none, its own id
--   is taken for that of the opportunity. Oldest decision first.
-- Columns: decision_id; decided_at; sender; prediction_id, opportunity_id, model_version, predicted_at, probability, low,
--   high, expected_revenue: of the prediction, fractions and the log's currency; state; revenue: sum over its outcomes;
--   hours: from decision to closing outcome, or the age of an open decision; age_hours: its age, whatever its state.
SELECT d.decision_id, d."timestamp" AS decided_at, d.sender,
    p.prediction_id, p.opportunity_id, p.model_version, p.predicted_at,
    p.probability, p.low, p.high, p.expected_revenue,
    coalesce(s.state, 'open') AS state,
    coalesce(s.revenue, 0) AS revenue,
    coalesce(s.hours, (epoch_us($as_of::TIMESTAMP) - epoch_us(d."timestamp")) / 3.6e9) AS hours,
    (epoch_us($as_of::TIMESTAMP) - epoch_us(d."timestamp")) / 3.6e9 AS age_hours
FROM decisions_at($as_of) AS d
JOIN predictions AS p
    ON p.opportunity_id = coalesce(nullif(d.opportunity_id, ''), d.decision_id) AND p.predicted_at <= d."timestamp"
LEFT JOIN decision_states($as_of) AS s USING (decision_id)
WHERE p.predicted_at <= $as_of AND p.probability IS NOT NULL
    AND NOT p.shadow
QUALIFY row_number() OVER (
    PARTITION BY d.decision_id, p.model_version ORDER BY p.predicted_at DESC, p.rowid DESC
) = 1
ORDER BY d."timestamp", d.decision_id, p.model_version;
