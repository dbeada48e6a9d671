-- How many closed decisions were logged only after they had ended, as of a moment?
-- Parameters: as_of.
-- Columns: closed; late: recorded after their closing outcome had happened; learnt: when the first of these was recorded.
SELECT count(*) AS closed,
    count(*) FILTER (WHERE d.recorded_at > s.closed_at AND d.recorded_at > d."timestamp" + INTERVAL 1 DAY) AS late,
    min(d.recorded_at) FILTER (WHERE d.recorded_at > s.closed_at AND d.recorded_at > d."timestamp" + INTERVAL 1 DAY) AS learnt
FROM decisions_at($as_of) AS d JOIN decision_states($as_of) AS s USING (decision_id)
WHERE s.state <> 'open';
