-- Which decisions changed their state in an interval, as it was known? Oldest change first.
-- Parameters: as_of; since: changes with since <= changed_at <= as_of.
-- Columns: all of decisions; state and was: after and before the change; revenue: after it, of a won decision, otherwise 0;
--   changed_at: when the log learnt of it. A decision without an outcome that stands is open.
WITH touched AS (
    SELECT DISTINCT decision_id FROM decision_history
    WHERE (known_from >= $since AND known_from <= $as_of) OR (known_until >= $since AND known_until <= $as_of)
),
visible AS (
    SELECT decision_id, known_from, known_until, state, revenue FROM decision_history
    WHERE known_from < known_until AND decision_id IN (FROM touched)
),
steps AS (
    SELECT decision_id, known_from AS changed_at, state, revenue FROM visible
    UNION ALL
    SELECT v.decision_id, v.known_until, 'open', 0
    FROM visible AS v ANTI JOIN visible AS n ON n.decision_id = v.decision_id AND n.known_from = v.known_until
    WHERE v.known_until < 'infinity'::TIMESTAMP
),
changes AS (
    SELECT *, coalesce(lag(state) OVER (PARTITION BY decision_id ORDER BY changed_at), 'open') AS was FROM steps
)
SELECT d.*, c.state, c.was, c.revenue, c.changed_at
FROM changes AS c JOIN every_decision AS d USING (decision_id)
WHERE c.state <> c.was AND c.changed_at >= $since AND c.changed_at <= $as_of
ORDER BY c.changed_at, d.decision_id;
