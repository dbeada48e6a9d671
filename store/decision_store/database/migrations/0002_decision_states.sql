-- What counts: the state of each decision as of a moment. The only place that knows.
--
-- A win row has customer_acquired or deal_closed, or is a conversion with status success. A win is taken back by a
-- later row whose status is reversed or failed, or by a refund that brings the decision's revenue from above zero to
-- zero or less. On one row a reversal or full refund beats the win, and the win beats a failed status. Rows count in
-- the order in which they were recorded. The last win or taking back decides; a win that was taken back is lost.
-- Without any win a failed row makes the decision lost. Statuses and types are compared trimmed and in lower case.
-- Revenue is added up in millionths, so that 0.1 + 0.2 - 0.3 is zero.

-- Numbers in millionths. Sums of these are exact, so they do not depend on the order in which threads add them up: the
-- same facts always give the same answer to the last bit. Money may reach 1e15; what is counted, such as hours, is
-- taken as 1e11 at most and adds up twice as fast. NULL stays NULL.
CREATE MACRO exact_money(x) AS (CASE WHEN x > 1e15 THEN 1e15 WHEN x < -1e15 THEN -1e15 ELSE x END)::DECIMAL(28, 6);
CREATE MACRO exactly(x) AS (CASE WHEN x > 1e11 THEN 1e11 WHEN x < -1e11 THEN -1e11 ELSE x END)::DECIMAL(18, 6);

-- The history of the decisions in the list ids: one row for each of their outcomes, in the order above.
CREATE MACRO history_of(ids) AS TABLE
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
    recorded_at AS last_recorded
FROM changed
WINDOW so_far AS (
    PARTITION BY decision_id ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
);

-- One row per decision that has an outcome known at as_of. A decision without one is open, with nothing earned.
CREATE MACRO decision_states(as_of) AS TABLE
SELECT * FROM decision_history WHERE known_from <= as_of AND as_of < known_until;

-- One row per cell. A response, customer or deal is counted once per decision, also where it was taken back later.
CREATE MACRO cells(as_of) AS TABLE
WITH earned AS (
    SELECT opportunity_source, opportunity_type,
        count(*) FILTER (WHERE responded) AS responses,
        count(*) FILTER (WHERE customer_acquired) AS customers,
        count(*) FILTER (WHERE deal_closed) AS deals,
        count(*) FILTER (WHERE state = 'won') AS won,
        count(*) FILTER (WHERE state = 'lost') AS lost,
        sum(exact_money(revenue)) AS revenue,
        sum(exact_money(revenue)) FILTER (WHERE has_cost) AS revenue_where_cost_known,
        sum(exact_money(revenue)) FILTER (WHERE has_effort) AS revenue_where_effort_known,
        sum(exactly(hours)) FILTER (WHERE state = 'won') AS won_hours_sum,
        count(*) FILTER (WHERE state = 'won' AND revenue > 0) AS paid,
        sum(exactly(ln(revenue))) FILTER (WHERE state = 'won' AND revenue > 0) AS sum_log_revenue,
        sum(exactly(ln(revenue) ** 2)) FILTER (WHERE state = 'won' AND revenue > 0) AS sum_log_revenue_squared,
        max(last_recorded) AS last_recorded
    FROM decision_states(as_of)
    GROUP BY ALL
),
decided AS (
    SELECT opportunity_source, opportunity_type,
        count(*) AS decisions,
        sum(exact_money(cost_usd)) AS cost,
        count(cost_usd) AS cost_known,
        sum(exactly(effort_minutes)) AS effort_minutes,
        count(effort_minutes) AS effort_known,
        min("timestamp") AS first_decision,
        max(recorded_at) AS last_recorded
    FROM decisions
    WHERE "timestamp" <= as_of AND recorded_at <= as_of
    GROUP BY ALL
)
SELECT opportunity_source, opportunity_type, decisions,
    coalesce(responses, 0) AS responses,
    coalesce(customers, 0) AS customers,
    coalesce(deals, 0) AS deals,
    coalesce(won, 0) AS won,
    coalesce(lost, 0) AS lost,
    decisions - coalesce(won, 0) - coalesce(lost, 0) AS open,
    coalesce(revenue, 0)::DOUBLE AS revenue,
    coalesce(cost, 0)::DOUBLE AS cost,
    cost_known,
    coalesce(revenue_where_cost_known, 0)::DOUBLE AS revenue_where_cost_known,
    coalesce(effort_minutes, 0)::DOUBLE AS effort_minutes,
    effort_known,
    coalesce(revenue_where_effort_known, 0)::DOUBLE AS revenue_where_effort_known,
    coalesce(won_hours_sum, 0)::DOUBLE AS won_hours_sum,
    coalesce(paid, 0) AS paid,
    coalesce(sum_log_revenue, 0)::DOUBLE AS sum_log_revenue,
    coalesce(sum_log_revenue_squared, 0)::DOUBLE AS sum_log_revenue_squared,
    first_decision,
    greatest(decided.last_recorded, earned.last_recorded) AS last_recorded
FROM decided LEFT JOIN earned USING (opportunity_source, opportunity_type);

-- Decisions whose chance has passed: won, lost, or open for longer than 95 of 100 wins of their type took (of all
-- types, where theirs has no win yet). A share of these is honest where losses are recorded and where they are not.
CREATE MACRO matured(as_of) AS TABLE
WITH states AS (
    SELECT opportunity_source, opportunity_type, decision_timestamp, state, hours
    FROM decision_states(as_of) WHERE state <> 'open'
),
slow AS (
    SELECT opportunity_type, quantile_disc(hours, 0.95) AS hours FROM states WHERE state = 'won' GROUP BY ALL
),
slow_anywhere AS (
    SELECT quantile_disc(hours, 0.95) AS hours FROM states WHERE state = 'won'
),
counted AS (
    SELECT opportunity_source, opportunity_type, "timestamp" AS decided, 1 AS opened, 0 AS won, 0 AS closed
    FROM decisions WHERE "timestamp" <= as_of AND recorded_at <= as_of
    UNION ALL
    SELECT opportunity_source, opportunity_type, decision_timestamp, -1, (state = 'won')::INTEGER, 1
    FROM states
)
SELECT opportunity_source, opportunity_type,
    sum(won)::BIGINT AS won,
    (sum(closed) + coalesce(sum(opened) FILTER (
        WHERE (epoch_us(as_of::TIMESTAMP) - epoch_us(decided)) / 3.6e9 > coalesce(slow.hours, slow_anywhere.hours)
    ), 0))::BIGINT AS matured
FROM counted LEFT JOIN slow USING (opportunity_type) CROSS JOIN slow_anywhere
GROUP BY ALL;

-- The cells as of now, under the names that reports have always used. A view, so it is never stale.
CREATE VIEW conversion_metrics AS
SELECT
    opportunity_source AS source_type,
    opportunity_type,
    decisions AS total_decisions,
    responses AS total_responses,          -- decisions that got a response
    customers AS total_customers,
    deals AS total_deals_closed,
    revenue AS total_revenue,              -- in the log's currency
    100.0 * c.won / nullif(m.matured, 0) AS conversion_rate,               -- percent of the matured; NULL: none matured
    won_hours_sum / nullif(c.won, 0) AS avg_time_to_conversion_hours,        -- NULL: none won
    last_recorded AS last_updated,
    c.won, lost, open, m.matured
FROM cells(now() AT TIME ZONE 'UTC') AS c
JOIN matured(now() AT TIME ZONE 'UTC') AS m USING (opportunity_source, opportunity_type);
