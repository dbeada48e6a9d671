-- What was logged under these decision ids, whenever that was?
-- Parameters: ids, a list of texts.
-- Columns: all of decisions, as first logged; voided: whether it was taken back.
SELECT *, decision_id NOT IN (SELECT decision_id FROM decisions) AS voided
FROM logged_decisions WHERE decision_id IN (SELECT unnest($ids));
