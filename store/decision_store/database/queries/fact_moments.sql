-- When did the newest fact become known, as of a moment, and when does the next one?
-- Parameters: as_of.
-- One row: newest: when the newest fact known at as_of became known, NULL: none is; next: the first moment after as_of at which
--   a fact may become known, NULL: none. A decision is known once it is made and recorded.
SELECT greatest(d.newest, o.newest, a.newest) AS newest, least(d.next, v.next, o.next, a.next) AS next
FROM (
    SELECT max(greatest("timestamp", recorded_at)) AS newest,
        (SELECT min(greatest("timestamp", recorded_at)) FROM decisions WHERE greatest("timestamp", recorded_at) > $as_of) AS next
    FROM decisions_at($as_of)
) AS d, (
    SELECT min(greatest("timestamp", recorded_at)) AS next
    FROM decision_versions WHERE greatest("timestamp", recorded_at) > $as_of
) AS v, (
    SELECT max(recorded_at) FILTER (WHERE recorded_at <= $as_of) AS newest,
        min(recorded_at) FILTER (WHERE recorded_at > $as_of) AS next
    FROM outcomes
) AS o, (
    SELECT max(recorded_at) FILTER (WHERE recorded_at <= $as_of) AS newest,
        min(recorded_at) FILTER (WHERE recorded_at > $as_of) AS next
    FROM amendments
) AS a;
