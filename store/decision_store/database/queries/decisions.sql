-- Which decisions were made, and what is their state, as of a moment? Newest first.
-- Parameters: as_of; since, until: decisions with since <= timestamp < until, NULL: no bound; limit: NULL: all.
-- Columns: all of decisions; state; revenue: of a won decision, otherwise 0; received:
--   money received and not taken back, whatever the state; responded, customer_acquired, deal_closed;
--   outcomes: how many rows; closed_at: when the closing outcome happened, NULL while open;
--   hours: from decision to closing outcome, or the age of an open decision;
--   delay_hours: from decision to the moment its closing outcome was recorded, or the age of an open decision.
SELECT {decision_and_state}
FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
WHERE ($since IS NULL OR d."timestamp" >= $since)
    AND ($until IS NULL OR d."timestamp" < $until)
ORDER BY d."timestamp" DESC, d.decision_id
LIMIT coalesce($limit, 9223372036854775807);
