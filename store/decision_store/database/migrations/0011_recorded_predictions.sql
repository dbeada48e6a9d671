-- A prediction is graded only if it was there before its outcome was known. When the log learnt of it is kept beside the
-- moment that it states. Rows that are there already get the time of their journal record from the program, in the
-- transaction of this script.
ALTER TABLE predictions ADD COLUMN recorded_at TIMESTAMP;  -- NULL: not known, taken to be predicted_at

-- The moment at which a prediction counts as made: as stated where it was recorded within a minute, else when it was
-- recorded.
CREATE MACRO made_at(predicted, recorded) AS
    CASE WHEN recorded > predicted + INTERVAL 1 MINUTE THEN recorded ELSE predicted END;

-- Every prediction about every decision that was made no later than the decision is said to have been, as of a moment,
-- and whether it was there before the outcome was known or had happened. A decision belongs to the opportunity whose id it
-- names; where it names none, its own id is taken for that of the opportunity. An outcome does not happen before its
-- decision: one that is dated so happened at the decision.
CREATE MACRO predictions_of_decisions(as_of) AS TABLE
WITH answers AS (
    SELECT decision_id,
        least(min(recorded_at), greatest(min(occurred_at), min(decision_timestamp))) AS known_at
    FROM outcomes_at(as_of)
    WHERE is_win(outcome_meaning, customer_acquired, deal_closed) OR outcome_meaning = 'lost'
    GROUP BY decision_id
)
SELECT d.decision_id, d."timestamp" AS decided_at, d.sender,
    p.prediction_id, p.opportunity_id, p.inputs_hash, p.model_version, p.predicted_at, p.as_of AS facts_until,
    p.probability, p.low, p.high, p.expected_revenue, p.shadow, p.rowid AS row_order,
    a.known_at IS NULL OR made_at(p.predicted_at, p.recorded_at) <= a.known_at AS in_time
FROM decisions_at(as_of) AS d
JOIN predictions AS p
    ON p.opportunity_id = coalesce(nullif(d.opportunity_id, ''), d.decision_id) AND p.predicted_at <= d."timestamp"
LEFT JOIN answers AS a ON a.decision_id = d.decision_id
WHERE p.probability IS NOT NULL AND p.predicted_at <= as_of AND made_at(p.predicted_at, p.recorded_at) <= as_of;
