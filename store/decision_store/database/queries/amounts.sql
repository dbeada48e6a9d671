-- Which amounts were received so far, and how much for one decision?
-- Parameters: decision_id.
-- Columns: amounts: how many above 0; lowest, highest: of these; received: money received for the decision so far.
SELECT count(*) AS amounts, min(revenue_generated) AS lowest, max(revenue_generated) AS highest,
    (SELECT received FROM decision_history WHERE decision_id = $decision_id AND known_until = 'infinity') AS received
FROM outcomes_at('9999-01-01'::TIMESTAMP)
WHERE revenue_generated > 0;
