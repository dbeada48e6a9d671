-- How was a decision first logged, whether or not it was corrected or taken back since?
-- Parameters: decision_id.
-- Columns: all of decisions.
SELECT * FROM logged_decisions WHERE decision_id = $decision_id;
