-- Which decisions and outcomes that stand does no answer count yet, because their times lie after a moment?
-- Parameters: as_of.
-- Columns: kind: decision or outcome; id; moment: the later of its own time and that of its recording.
-- In time order. Outcomes of such a decision are not listed.
SELECT 'decision' AS kind, decision_id AS id, greatest("timestamp", recorded_at) AS moment
FROM decisions
WHERE greatest("timestamp", recorded_at) > $as_of
UNION ALL
SELECT 'outcome', outcome_id, recorded_at
FROM outcomes AS o
WHERE recorded_at > $as_of AND greatest(decision_timestamp, decision_recorded_at) <= $as_of AND NOT EXISTS (
    FROM void_periods AS p
    WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id) AND p.known_until = 'infinity'
)
ORDER BY moment, id;
