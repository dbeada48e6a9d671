-- The moments at which the periods of the parameter bounds start, and how many decisions were made in each.
starts AS (
    SELECT unnest($bounds::TIMESTAMP[]) AS since
),
made AS (
    SELECT since, count(*) AS decisions
    FROM (SELECT "timestamp" FROM decisions_at($as_of)) AS d
    ASOF JOIN starts ON d."timestamp" >= starts.since
    GROUP BY ALL
)
