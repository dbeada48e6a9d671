-- One delay for all statistics: hours from the decision to the moment its closing outcome was *recorded*. What a
-- rate may use is decided by what the log knew, so an outcome that is typed in two weeks late has a delay of two weeks
-- and its decision counts as open until then. Time to close, which people read, stays decision to occurrence (hours).
--
-- An outcome that occurred before its decision was itself recorded is backfill: its own time counts as recorded.

ALTER TABLE decision_history ADD COLUMN closing_recorded_at TIMESTAMP;  -- of the outcome that closed it; NULL: open

-- As in 0002, with the last column.
CREATE OR REPLACE MACRO history_of(ids) AS TABLE
WITH plain AS (
    SELECT *,
        rowid AS row_order,
        lower(trim(outcome_status)) AS status,
        lower(trim(outcome_type)) AS kind
    FROM outcomes
    WHERE decision_id IN (SELECT unnest(ids))
),
judged AS (
    SELECT *,
        customer_acquired OR deal_closed OR (kind = 'conversion' AND status = 'success') AS is_win,
        status IN ('failed', 'no_conversion', 'lost', 'rejected') AS is_failure,
        status = 'reversed' AS is_reversal
    FROM plain
),
summed AS (
    SELECT *,
        row_number() OVER so_far AS place,
        bool_or(is_win) OVER so_far AS had_win,
        sum(exact_money(revenue_generated)) OVER so_far AS revenue,
        bool_or(response_received) OVER so_far AS responded,
        bool_or(customer_acquired) OVER so_far AS had_customer,
        bool_or(deal_closed) OVER so_far AS had_deal,
        lead(recorded_at) OVER (PARTITION BY decision_id ORDER BY recorded_at, row_order) AS next_recorded
    FROM judged
    WINDOW so_far AS (
        PARTITION BY decision_id ORDER BY recorded_at, row_order
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
ruled AS (
    SELECT *,
        is_reversal
            OR (revenue_generated < 0 AND revenue <= 0 AND revenue - exact_money(revenue_generated) > 0)
            AS takes_back,
        CASE
            WHEN takes_back AND had_win THEN 'lost'
            WHEN is_win THEN 'won'
            WHEN is_failure THEN 'lost'
        END AS ruling
    FROM summed
),
stated AS (
    SELECT *, coalesce(last_value(ruling IGNORE NULLS) OVER so_far, 'open') AS state
    FROM ruled
    WINDOW so_far AS (
        PARTITION BY decision_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
-- The row that closed a decision is the one at which its state last changed.
changed AS (
    SELECT *,
        state <> coalesce(lag(state) OVER (PARTITION BY decision_id ORDER BY place), 'open') AS is_change
    FROM stated
)
SELECT
    decision_id, opportunity_type, opportunity_source, decision_timestamp,
    decision_has_cost AS has_cost,
    decision_has_effort AS has_effort,
    greatest(recorded_at, decision_recorded_at, decision_timestamp) AS known_from,
    coalesce(next_recorded, 'infinity'::TIMESTAMP) AS known_until,
    state,
    last_value(CASE WHEN is_change THEN time_to_outcome_hours END IGNORE NULLS) OVER so_far AS hours,
    last_value(CASE WHEN is_change THEN occurred_at END IGNORE NULLS) OVER so_far AS closed_at,
    revenue::DOUBLE AS revenue,
    responded,
    had_customer AS customer_acquired,
    had_deal AS deal_closed,
    place AS outcomes,
    recorded_at AS last_recorded,
    last_value(
        CASE WHEN is_change THEN CASE WHEN occurred_at < decision_recorded_at THEN occurred_at ELSE recorded_at END END
        IGNORE NULLS
    ) OVER so_far AS closing_recorded_at
FROM changed
WINDOW so_far AS (
    PARTITION BY decision_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);


DELETE FROM decision_history;
INSERT INTO decision_history
SELECT * FROM history_of((SELECT list(DISTINCT decision_id) FROM outcomes)) ORDER BY last_recorded;

-- Hours between two moments, never negative; NULL where either is not known.
CREATE MACRO hours_between(earlier, later) AS greatest(0, (epoch_us(later) - epoch_us(earlier)) / 3.6e9);

-- Delays lie in bins an eighth of a doubling (9 %) wide, the first holds all up to 1/64 hour.
CREATE MACRO delay_bin(hours) AS floor(8 * log2(greatest(hours, 1 / 64)))::INTEGER;

-- One row per decision that has an outcome known at as_of. A decision without one is open, with nothing earned.
CREATE OR REPLACE MACRO decision_states(as_of) AS TABLE
SELECT *, hours_between(decision_timestamp, closing_recorded_at) AS delay_hours
FROM decision_history WHERE known_from <= as_of AND as_of < known_until;

-- Delays of closed decisions and ages of open ones, counted by cell, state and bin.
-- The open ones are all decisions less the closed, bin by bin: outcomes carry their decision's time, so no join is
-- needed. Ages are added up in whole microseconds, which makes the difference exact.
CREATE MACRO delay_histogram(as_of) AS TABLE
WITH states AS (
    SELECT opportunity_source, opportunity_type, decision_timestamp, state, delay_hours, hours
    FROM decision_states(as_of) WHERE state <> 'open'
),
closed AS (
    SELECT opportunity_source, opportunity_type, state, delay_bin(delay_hours) AS bin,
        count(*) AS decisions,
        sum(exactly(delay_hours))::DOUBLE / count(*) AS hours,
        sum(exactly(hours))::DOUBLE / count(*) AS occurred_hours
    FROM states
    GROUP BY ALL
),
ages AS (
    SELECT opportunity_source, opportunity_type,
        epoch_us(as_of::TIMESTAMP) - epoch_us("timestamp") AS age, 1 AS one
    FROM decisions
    WHERE "timestamp" <= as_of AND recorded_at <= as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type,
        epoch_us(as_of::TIMESTAMP) - epoch_us(decision_timestamp), -1
    FROM states
),
aged AS (
    SELECT opportunity_source, opportunity_type, 'open' AS state, delay_bin(age / 3.6e9) AS bin,
        sum(one)::BIGINT AS decisions,
        sum(one * age)::DOUBLE / 3.6e9 / nullif(sum(one), 0) AS hours,
        NULL::DOUBLE AS occurred_hours
    FROM ages
    GROUP BY ALL
    HAVING sum(one) > 0
)
SELECT * FROM closed
UNION ALL
SELECT * FROM aged;

-- The settled age of each type: the hours by which 95 % of all wins have been recorded, by the Aalen-Johansen estimate
-- (Scand. J. Statist. 5, 1978) with wins and losses as competing events and open decisions censored at their age.
-- 0 where nothing is open. A type with fewer than 20 wins takes the age of all types together where that is higher.
-- NULL: nothing was won yet. ample: whether follow-up is long enough to believe that no slower wins are still to come:
-- at most 5 % are open; or the log is 45 days old and the test of Maller and Zhou (Biometrika 79, 1992, section 3)
-- holds: with N wins later than 2 * (last win) - (longest follow-up), (1 - N / n) ^ n < .05.
CREATE MACRO settled_ages(as_of) AS TABLE
WITH binned AS (
    SELECT opportunity_type, state, bin, sum(decisions) AS n, sum(decisions * hours) / sum(decisions) AS hours
    FROM delay_histogram(as_of) GROUP BY ALL
),
-- The types one by one, and all of them together under the name NULL.
grouped AS (
    SELECT opportunity_type AS kind, state, bin, n, hours FROM binned
    UNION ALL
    SELECT NULL, state, bin, sum(n), sum(n * hours) / sum(n) FROM binned GROUP BY state, bin
),
at_risk AS (
    SELECT kind, bin,
        coalesce(sum(n) FILTER (WHERE state = 'won'), 0) AS won,
        coalesce(sum(n) FILTER (WHERE state <> 'open'), 0) AS closed,
        sum(sum(n)) OVER (PARTITION BY kind ORDER BY bin DESC) AS at_risk
    FROM grouped GROUP BY kind, bin
),
still_open AS (
    SELECT *, exp(coalesce(sum(CASE WHEN closed < at_risk THEN ln(1 - closed / at_risk) END) OVER (
        PARTITION BY kind ORDER BY bin ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0)) AS before
    FROM at_risk
),
incidence AS (
    SELECT *, sum(before * won / at_risk) OVER (PARTITION BY kind ORDER BY bin) AS won_by,
        sum(before * won / at_risk) OVER (PARTITION BY kind) AS won_in_all
    FROM still_open
),
settled AS (
    SELECT kind, min(pow(2, (bin + 1) / 8)) FILTER (WHERE won_in_all > 0 AND won_by >= 0.95 * won_in_all - 1e-9) AS hours
    FROM incidence GROUP BY kind
),
counted AS (
    SELECT kind, sum(n) AS decisions,
        coalesce(sum(n) FILTER (WHERE state = 'won'), 0) AS won,
        coalesce(sum(n) FILTER (WHERE state = 'open'), 0) AS open,
        max(hours) FILTER (WHERE state = 'won') AS last_win
    FROM grouped GROUP BY kind
),
firsts AS (
    SELECT opportunity_type AS kind, max(hours_between("timestamp", as_of::TIMESTAMP)) AS longest
    FROM decisions WHERE "timestamp" <= as_of AND recorded_at <= as_of
    GROUP BY opportunity_type
),
late AS (
    SELECT kind, sum(n) AS late
    FROM grouped JOIN counted USING (kind) JOIN firsts USING (kind)
    WHERE state = 'won' AND hours > 2 * last_win - longest
    GROUP BY kind
)
SELECT c.kind AS opportunity_type,
    CASE
        WHEN c.open = 0 THEN 0
        WHEN c.won >= 20 THEN own.hours
        ELSE greatest(own.hours, every.hours)
    END AS settled_hours,
    20 * c.open <= c.decisions
        OR (longest >= 1080 AND late IS NOT NULL AND pow(1 - late / c.decisions, c.decisions) < 0.05) AS ample
FROM counted AS c
JOIN firsts USING (kind)
JOIN settled AS own USING (kind)
CROSS JOIN (SELECT max(hours) AS hours FROM settled WHERE kind IS NULL) AS every
LEFT JOIN late USING (kind)
WHERE c.kind IS NOT NULL;

-- Per cell: matured: won, lost, or open for longer than the settled age of the type. The share of wins is read off the
-- decisions that are older than that age, whatever their state: judging only what has closed would favour what closes fast.
CREATE OR REPLACE MACRO matured(as_of) AS TABLE
WITH states AS (
    SELECT opportunity_source, opportunity_type, decision_timestamp, state
    FROM decision_states(as_of) WHERE state <> 'open'
),
counted AS (
    SELECT opportunity_source, opportunity_type, "timestamp" AS decided, 1 AS one, 0 AS won, 0 AS closed
    FROM decisions WHERE "timestamp" <= as_of AND recorded_at <= as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type, decision_timestamp, 0, (state = 'won')::INTEGER, 1 FROM states
),
aged AS (
    SELECT counted.*, ample, hours_between(decided, as_of::TIMESTAMP) >= settled_hours AS settled
    FROM counted JOIN settled_ages(as_of) USING (opportunity_type)
)
SELECT opportunity_source, opportunity_type,
    sum(won)::BIGINT AS won,
    (sum(closed) + coalesce(sum(one - closed) FILTER (WHERE settled), 0))::BIGINT AS matured,
    coalesce(sum(one) FILTER (WHERE settled), 0)::BIGINT AS settled,
    coalesce(sum(won) FILTER (WHERE settled), 0)::BIGINT AS settled_won,
    bool_and(ample) AS ample
FROM aged
GROUP BY ALL;

-- The cells as of now, under the names that reports have always used. A view, so it is never stale.
CREATE OR REPLACE VIEW conversion_metrics AS
SELECT
    opportunity_source AS source_type,
    opportunity_type,
    decisions AS total_decisions,
    responses AS total_responses,          -- decisions that got a response
    customers AS total_customers,
    deals AS total_deals_closed,
    revenue AS total_revenue,              -- in the log's currency
    -- percent won of the decisions older than the settled age; NULL: none, or too early to tell
    CASE WHEN m.ample THEN 100.0 * m.settled_won / nullif(m.settled, 0) END AS conversion_rate,
    won_hours_sum / nullif(c.won, 0) AS avg_time_to_conversion_hours,        -- decision to occurrence; NULL: none won
    last_recorded AS last_updated,
    c.won, lost, open, m.matured
FROM cells(now() AT TIME ZONE 'UTC') AS c
JOIN matured(now() AT TIME ZONE 'UTC') AS m USING (opportunity_source, opportunity_type);
