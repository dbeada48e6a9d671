-- When did the newest fact become known, as of a moment, and when does the next one?
-- Parameters: as_of; hour: a moment no later than that.
-- One row: newest: when the newest fact known at as_of became known, NULL: none is; next: the first moment after as_of at which
--   a fact may become known, NULL: none. A decision is known once it is made and recorded.
--   facts, facts_by_hour: how many decisions, outcomes and amendments are known at as_of, and at hour; renamed: how many aliases
--   and corrections there are in all. Where the last two are the same, so is everything that was known at hour.
SELECT greatest(d.newest, o.newest, a.newest) AS newest, least(d.next, v.next, o.next, a.next) AS next,
    d.facts + o.facts + a.facts AS facts, d.by_hour + o.by_hour + a.by_hour AS facts_by_hour, r.renamed
FROM (
    SELECT max(greatest("timestamp", recorded_at)) AS newest, count(*) AS facts,
        count(*) FILTER (WHERE greatest("timestamp", recorded_at) <= $hour) AS by_hour,
        (SELECT min(greatest("timestamp", recorded_at)) FROM decisions WHERE greatest("timestamp", recorded_at) > $as_of) AS next
    FROM decisions_at($as_of)
) AS d, (
    SELECT min(greatest("timestamp", recorded_at)) AS next
    FROM decision_versions WHERE greatest("timestamp", recorded_at) > $as_of
) AS v, (
    SELECT max(recorded_at) FILTER (WHERE recorded_at <= $as_of) AS newest,
        count(*) FILTER (WHERE recorded_at <= $as_of) AS facts, count(*) FILTER (WHERE recorded_at <= $hour) AS by_hour,
        min(recorded_at) FILTER (WHERE recorded_at > $as_of) AS next
    FROM outcomes
) AS o, (
    SELECT max(recorded_at) FILTER (WHERE recorded_at <= $as_of) AS newest,
        count(*) FILTER (WHERE recorded_at <= $as_of) AS facts, count(*) FILTER (WHERE recorded_at <= $hour) AS by_hour,
        min(recorded_at) FILTER (WHERE recorded_at > $as_of) AS next
    FROM amendments
) AS a, (
    SELECT (SELECT count(*) FROM aliases) + (SELECT count(*) FROM decision_versions) AS renamed
) AS r;
