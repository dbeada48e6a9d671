-- What is stored under these decision ids, whenever it was recorded?
-- Parameters: ids, a list of texts.
-- Columns: all of decisions.
SELECT * FROM decisions WHERE decision_id IN (SELECT unnest($ids));
