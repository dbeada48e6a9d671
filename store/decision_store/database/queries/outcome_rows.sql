-- Which outcome rows were known, as of a moment, and which of them are wins by themselves? Oldest first.
-- Parameters: as_of.
-- Columns: decision_id; recorded_at; converted: the row means won, or has customer_acquired or deal_closed.
SELECT decision_id, recorded_at, is_win(outcome_meaning, customer_acquired, deal_closed) AS converted
FROM outcomes_at($as_of)
ORDER BY recorded_at, row_order;
