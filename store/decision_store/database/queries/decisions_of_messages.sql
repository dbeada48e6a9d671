-- Which decisions are about one of these messages, as of a moment?
-- Parameters: as_of; ids: a list of texts, the ids of messages.
-- Columns: id: of the message, which is the decision's opportunity, the decision itself, or its field message_id;
--   decision_id; sender; timestamp.
WITH named AS (
    SELECT unnest([opportunity_id, decision_id, context ->> '$.message_id']) AS id, decision_id, sender, "timestamp"
    FROM decisions_at($as_of)
)
SELECT trim(id, '<> ') AS id, decision_id, sender, "timestamp" FROM named
WHERE trim(id, '<> ') IN (SELECT unnest($ids))
ORDER BY "timestamp", decision_id;
