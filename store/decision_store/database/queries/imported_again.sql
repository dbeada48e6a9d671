-- Under which further ids do decisions lie that were taken back and imported again?
-- Parameters: ids: of decisions.
-- Columns: base: one of these ids; decision_id: it, a tilde and a number.
SELECT regexp_replace(decision_id, '~[0-9]+$', '') AS base, decision_id
FROM every_decision
WHERE contains(decision_id, '~') AND regexp_matches(decision_id, '~[0-9]{1,9}$')
    AND regexp_replace(decision_id, '~[0-9]+$', '') IN (SELECT unnest($ids::VARCHAR[]));
