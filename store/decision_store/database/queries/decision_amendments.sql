-- What was corrected, taken back or restored about one decision, as of a moment? Oldest first.
-- Parameters: as_of; decision_id.
-- Columns: amendment_id; action: void, restore or correct; outcome_id: '' for the decision itself; field, value: of
--   correct; reason; recorded_at.
SELECT amendment_id, action, outcome_id, field, value, reason, recorded_at
FROM amendments_in_order
WHERE decision_id = $decision_id AND recorded_at <= $as_of
ORDER BY recorded_at, sequence NULLS FIRST, row_order;
