-- Which decisions match, and what state are they in, as of a moment? Newest first.
-- Parameters: as_of; settled_types, settled_hours: the answer to the question 'settled_ages', two lists of one length;
--   each of the others NULL for no bound: since, until: decided with since <= timestamp < until; decision_ids: a list;
--   state; overdue: true for open decisions that are past the settled age of their type; type_key, source_key: name keys
--   (decision_store/names.py); sender, text: part of the sender, or of text or action, in lower case; limit.
-- Columns: as of the question 'decisions'; settled_hours: the settled age of the type, NULL: nothing was won yet; overdue.
WITH settled AS (
    SELECT unnest($settled_types::VARCHAR[]) AS opportunity_type, unnest($settled_hours::DOUBLE[]) AS settled_hours
),
found AS (
    SELECT {decision_and_state}
    FROM decisions_at($as_of) AS d LEFT JOIN decision_states($as_of) AS s USING (decision_id)
    WHERE ($decision_ids IS NULL OR list_contains($decision_ids::VARCHAR[], d.decision_id))
        AND ($since IS NULL OR d."timestamp" >= $since)
        AND ($until IS NULL OR d."timestamp" < $until)
        AND ($type_key IS NULL OR d.opportunity_type IN (
            SELECT canonical FROM names WHERE field = 'opportunity_type' AND key = $type_key))
        AND ($source_key IS NULL OR d.opportunity_source IN (
            SELECT canonical FROM names WHERE field = 'opportunity_source' AND key = $source_key))
        AND ($sender IS NULL OR contains(lower(d.sender), $sender))
        AND ($text IS NULL OR contains(lower(d.opportunity_content), $text) OR contains(lower(d.action_taken), $text))
)
SELECT found.* EXCLUDE (delay_hours), settled_hours,
    coalesce(state = 'open' AND hours_between("timestamp", $as_of::TIMESTAMP) > settled_hours, false) AS overdue
FROM found LEFT JOIN settled USING (opportunity_type)
WHERE ($state IS NULL OR state = $state)
    AND ($overdue IS NULL
        OR $overdue = coalesce(state = 'open' AND hours_between("timestamp", $as_of::TIMESTAMP) > settled_hours, false))
ORDER BY "timestamp" DESC, decision_id
LIMIT coalesce($limit, 9223372036854775807);
