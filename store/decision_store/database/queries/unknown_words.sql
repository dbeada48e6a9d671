-- Which words of outcomes are not known, so that it is not known what those outcomes mean? Most frequent first.
-- Parameters: as_of.
-- Columns: outcome_type, outcome_status: as written; outcomes: how many rows; decisions: how many they concern.
SELECT outcome_type, outcome_status, count(*) AS outcomes, count(DISTINCT decision_id) AS decisions
FROM outcomes_at($as_of)
WHERE outcome_meaning IS NULL
GROUP BY ALL
ORDER BY outcomes DESC, outcome_type, outcome_status;
