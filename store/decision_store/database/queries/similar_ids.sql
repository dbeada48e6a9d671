-- Which ids of decisions are like one that is not in the log? Closest first.
-- Parameters: id; limit.
-- Columns: decision_id; opportunity: the id is that of its opportunity; outcome: the id is that of one of its outcomes;
--   voided: it was taken back.
WITH given AS (SELECT lower(trim($id)) AS id),
found AS (
    SELECT d.decision_id, coalesce(d.opportunity_id = trim($id), false) AS opportunity, false AS outcome,
        CASE WHEN lower(d.decision_id) = g.id THEN 2.0
            WHEN length(g.id) >= 3 AND contains(lower(d.decision_id), g.id) THEN 1.5
            ELSE jaro_winkler_similarity(lower(d.decision_id), g.id) END AS closeness
    FROM every_decision AS d, given AS g
    UNION ALL
    SELECT decision_id, false, true, 3.0 FROM outcomes WHERE outcome_id = trim($id)
)
SELECT decision_id, bool_or(opportunity) AS opportunity, bool_or(outcome) AS outcome,
    decision_id NOT IN (SELECT decision_id FROM decisions) AS voided
FROM found
WHERE opportunity OR outcome OR closeness >= 0.9
GROUP BY decision_id
ORDER BY max(outcome::INT + opportunity::INT) DESC, max(closeness) DESC, decision_id
LIMIT $limit;
