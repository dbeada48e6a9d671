-- Which decisions are recorded, as they were first logged? All, in the order in which they were recorded.
-- Parameters: none.
-- Columns: all of decisions; corrections stand in amendments.
SELECT * EXCLUDE (place, sequence)
FROM (
    SELECT *, rowid AS place FROM decisions WHERE decision_id NOT IN (SELECT decision_id FROM decision_versions)
    UNION ALL
    SELECT * EXCLUDE (known_from, known_until), rowid AS place
    FROM decision_versions WHERE known_from = the_beginning()
)
ORDER BY recorded_at, place;
