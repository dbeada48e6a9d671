-- As in 0009, looking only for those decisions that have versions: a search for a few ids does not go through all.
CREATE OR REPLACE VIEW every_decision AS
SELECT * FROM decisions
UNION ALL
SELECT * EXCLUDE (known_from, known_until) FROM decision_versions
WHERE decision_id NOT IN (
    SELECT decision_id FROM decisions WHERE decision_id IN (SELECT decision_id FROM decision_versions)
)
QUALIFY row_number() OVER (PARTITION BY decision_id ORDER BY known_until DESC) = 1;
