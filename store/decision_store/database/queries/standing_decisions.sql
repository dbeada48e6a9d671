-- Which decisions about these texts were recorded in an interval and stand? Newest first.
-- Parameters: texts: a list; since, until: since <= recorded_at <= until.
-- Columns: all of decisions, as first logged.
SELECT * FROM logged_decisions
WHERE opportunity_content IN (SELECT unnest($texts)) AND recorded_at BETWEEN $since AND $until
    AND decision_id IN (SELECT decision_id FROM decisions)
ORDER BY recorded_at DESC, decision_id;
