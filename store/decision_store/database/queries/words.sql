-- Which words do the outcomes have, whenever they were recorded?
-- Parameters: none.
-- Columns: outcome_type, outcome_status: as written; outcomes: how many; unread: how many of them have no meaning.
SELECT outcome_type, outcome_status, count(*) AS outcomes, count(*) FILTER (WHERE outcome_meaning IS NULL) AS unread
FROM outcomes
GROUP BY ALL
ORDER BY outcomes DESC, outcome_type, outcome_status;
