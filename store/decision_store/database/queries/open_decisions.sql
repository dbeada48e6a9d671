-- Which decisions are open, as of a moment? In any order: sorting by id takes as long as all the rest.
-- Parameters: as_of; type_key, source_key: name keys (decision_store/names.py), NULL: all.
-- Columns: decision_id, opportunity_type, opportunity_source, timestamp. They are few, as there may be very many rows.
SELECT decision_id, opportunity_type, opportunity_source, "timestamp"
FROM decisions_at($as_of)
WHERE decision_id NOT IN (SELECT decision_id FROM decision_states($as_of) WHERE state <> 'open')
    AND ($type_key IS NULL OR opportunity_type IN (
        SELECT canonical FROM names WHERE field = 'opportunity_type' AND key = $type_key))
    AND ($source_key IS NULL OR opportunity_source IN (
        SELECT canonical FROM names WHERE field = 'opportunity_source' AND key = $source_key));
