-- About which of these opportunities is a decision known, as of a moment?
-- Parameters: as_of; ids: a list of texts.
-- Columns: opportunity_id.
SELECT DISTINCT opportunity_id FROM decisions_at($as_of)
WHERE opportunity_id IN (SELECT unnest($ids))
ORDER BY opportunity_id;
