-- Which outcome rows were known, as of a moment, and which of them are wins by themselves? Oldest first.
-- Parameters: as_of.
-- Columns: decision_id; recorded_at; converted: the row has customer_acquired or deal_closed, or is a conversion with
--   status success. A row that is pending, or a mere response, is not.
SELECT decision_id, recorded_at,
    customer_acquired OR deal_closed
        OR (lower(trim(outcome_type)) = 'conversion' AND lower(trim(outcome_status)) = 'success') AS converted
FROM outcomes
WHERE recorded_at <= $as_of AND decision_recorded_at <= $as_of AND decision_timestamp <= $as_of
ORDER BY recorded_at, rowid;
