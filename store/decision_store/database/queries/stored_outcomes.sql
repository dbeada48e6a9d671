-- What is stored under these outcome ids, whenever it was recorded?
-- Parameters: ids, a list of texts.
-- Columns: all of outcomes.
SELECT * FROM outcomes WHERE outcome_id IN (SELECT unnest($ids));
