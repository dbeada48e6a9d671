-- What the words of an outcome meant is stored with it, so that a state never depends on a list of words in SQL; and
-- facts can be amended by further facts: an outcome or a decision voided or restored, a field of a decision corrected, a
-- word given a meaning later. Questions as of T use the amendments recorded at or before T, and no others.

-- won, lost, open, reversed or refund: what type and status together mean; NULL: a word in it is not known. Rows that
-- are there already are given their meaning by the program, in the transaction of this script.
ALTER TABLE outcomes ADD COLUMN outcome_meaning VARCHAR;

-- NULL: as first recorded; otherwise since when the row has been as it is, after a correction.
ALTER TABLE decisions ADD COLUMN corrected_at TIMESTAMP;

-- What changed the meaning of earlier facts.
CREATE TABLE amendments (
    amendment_id VARCHAR NOT NULL,    -- unique
    action       VARCHAR NOT NULL,    -- void, restore, correct or map
    decision_id  VARCHAR NOT NULL,    -- the decision concerned; of map: ''
    outcome_id   VARCHAR NOT NULL,    -- of void and restore: the outcome; '': the decision itself
    field        VARCHAR NOT NULL,    -- of correct: a field of the decision; of map: outcome_status or outcome_type
    word         VARCHAR NOT NULL,    -- of map: the word
    value        VARCHAR NOT NULL,    -- of correct: the new value; of map: what the word means, '' nothing any longer
    reason       VARCHAR NOT NULL,    -- free text
    undoes       VARCHAR NOT NULL,    -- the amendment that this one takes back; '': none
    recorded_at  TIMESTAMP NOT NULL   -- when the log learnt of it
);

-- Earlier versions of corrected decisions and all of voided ones; in decisions are only the current ones.
CREATE TABLE decision_versions AS
SELECT *, NULL::TIMESTAMP AS known_from, NULL::TIMESTAMP AS known_until FROM decisions LIMIT 0;

-- What a mapping made of stored outcomes: derived from amendments.
CREATE TABLE remapped_outcomes (
    outcome_type   VARCHAR NOT NULL,
    outcome_status VARCHAR NOT NULL,
    meaning        VARCHAR,           -- from then on; NULL: not known any longer
    known_from     TIMESTAMP NOT NULL
);

-- What a migration changed about answers, for people to read.
CREATE TABLE schema_notes (
    version    INTEGER NOT NULL,      -- of the schema
    note       VARCHAR NOT NULL,
    noted_at   TIMESTAMP NOT NULL
);

-- Before every time that a record can have.
CREATE MACRO the_beginning() AS TIMESTAMP '1900-01-01';

-- Every decision ever logged, as it is now; a void one as it was last.
CREATE VIEW every_decision AS
SELECT * FROM decisions
UNION ALL
SELECT * EXCLUDE (known_from, known_until) FROM decision_versions
WHERE decision_id NOT IN (SELECT decision_id FROM decisions)
QUALIFY row_number() OVER (PARTITION BY decision_id ORDER BY known_until DESC) = 1;

-- Every decision as it was first logged.
CREATE VIEW logged_decisions AS
SELECT * FROM decisions WHERE decision_id NOT IN (SELECT decision_id FROM decision_versions)
UNION ALL
SELECT * EXCLUDE (known_from, known_until) FROM decision_versions WHERE known_from = the_beginning();

-- When an outcome, or with an empty outcome_id a decision, was void.
CREATE VIEW void_periods AS
SELECT decision_id, outcome_id, action,
    recorded_at AS known_from,
    lead(recorded_at, 1, 'infinity'::TIMESTAMP) OVER (
        PARTITION BY decision_id, outcome_id ORDER BY recorded_at, rowid
    ) AS known_until
FROM amendments
WHERE action IN ('void', 'restore')
QUALIFY action = 'void' AND known_from < known_until;

-- The decisions known at as_of, as they were known then.
CREATE MACRO decisions_at(as_of) AS TABLE
SELECT * FROM decisions
WHERE "timestamp" <= as_of AND recorded_at <= as_of AND (corrected_at IS NULL OR corrected_at <= as_of)
UNION ALL
SELECT * EXCLUDE (known_from, known_until) FROM decision_versions
WHERE "timestamp" <= as_of AND recorded_at <= as_of AND known_from <= as_of AND as_of < known_until;

-- The last mapping of each pair of words at as_of; it says what those outcomes meant that were recorded before it.
CREATE MACRO remapped_at(as_of) AS TABLE
SELECT * FROM remapped_outcomes
WHERE known_from <= as_of
QUALIFY row_number() OVER (PARTITION BY outcome_type, outcome_status ORDER BY known_from DESC) = 1;

-- The outcomes known at as_of, without those that were void then, with the type and source that their decision had.
CREATE MACRO outcomes_at(as_of) AS TABLE
SELECT o.* REPLACE (
    coalesce(v.opportunity_type, o.opportunity_type) AS opportunity_type,
    coalesce(v.opportunity_source, o.opportunity_source) AS opportunity_source,
    CASE WHEN r.outcome_type IS NULL THEN o.outcome_meaning ELSE r.meaning END AS outcome_meaning
), o.rowid AS row_order
FROM outcomes AS o
LEFT JOIN (
    SELECT decision_id, opportunity_type, opportunity_source FROM decision_versions
    WHERE known_from <= as_of AND as_of < known_until
) AS v USING (decision_id)
LEFT JOIN remapped_at(as_of) AS r
    ON r.outcome_type = o.outcome_type AND r.outcome_status = o.outcome_status AND r.known_from > o.recorded_at
WHERE o.recorded_at <= as_of AND o.decision_recorded_at <= as_of AND o.decision_timestamp <= as_of
    AND NOT EXISTS (
        FROM void_periods AS p
        WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id)
            AND p.known_from <= as_of AND as_of < p.known_until
    );

-- The rule: won if some outcome is a win and no later outcome took it back, otherwise lost if some outcome is a loss,
-- otherwise open. A win is an outcome that means won, or has customer_acquired or deal_closed. It is taken back by an
-- outcome that means reversed or lost, or by a refund that brings the money received from above zero to zero or less. On
-- one row taking back beats the win, and the win beats a loss. Outcomes count in the order in which they were recorded.
--
-- The money received is the sum of the amounts. A reversal takes along what had been received; a refund recorded after it
-- is that same money going back and is not taken away twice. A loss or cancellation leaves it. The revenue is the money
-- received of a decision that is won; of another one it is zero, and what was received is shown apart.
-- Revenue is added up in millionths, so that 0.1 + 0.2 - 0.3 is zero.

ALTER TABLE decision_history ADD COLUMN received DOUBLE;  -- money received and not taken back, whatever the state

CREATE MACRO is_win(meaning, customer_acquired, deal_closed) AS
    coalesce(meaning = 'won', false) OR customer_acquired OR deal_closed;

-- The history of the decisions in the list ids: for each, one row per outcome, and one per amendment that made its
-- earlier outcomes mean something else. Between two amendments (an epoch) the outcomes mean what they meant at its start.
CREATE OR REPLACE MACRO history_of(ids) AS TABLE
WITH wanted AS (
    SELECT DISTINCT unnest(ids) AS decision_id
),
starts AS (
    SELECT decision_id, the_beginning() AS since FROM wanted
    UNION
    SELECT decision_id, recorded_at FROM amendments WHERE action <> 'map' AND decision_id IN (FROM wanted)
    UNION
    SELECT o.decision_id, r.known_from
    FROM remapped_outcomes AS r JOIN outcomes AS o USING (outcome_type, outcome_status)
    WHERE o.recorded_at < r.known_from AND o.decision_id IN (FROM wanted)
),
epochs AS (
    SELECT *, lead(since, 1, 'infinity'::TIMESTAMP) OVER (PARTITION BY decision_id ORDER BY since) AS until
    FROM starts
),
seen AS (
    SELECT o.* REPLACE (
        coalesce(v.opportunity_type, o.opportunity_type) AS opportunity_type,
        coalesce(v.opportunity_source, o.opportunity_source) AS opportunity_source,
        CASE WHEN r.outcome_type IS NULL THEN o.outcome_meaning ELSE r.meaning END AS outcome_meaning
    ), o.rowid AS row_order, e.since, e.until
    FROM outcomes AS o
    JOIN epochs AS e ON e.decision_id = o.decision_id AND o.recorded_at < e.until
    LEFT JOIN decision_versions AS v
        ON v.decision_id = o.decision_id AND v.known_from <= e.since AND e.since < v.known_until
    LEFT JOIN (
        SELECT *, lead(known_from, 1, 'infinity'::TIMESTAMP) OVER (
            PARTITION BY outcome_type, outcome_status ORDER BY known_from
        ) AS known_until
        FROM remapped_outcomes
    ) AS r
        ON r.outcome_type = o.outcome_type AND r.outcome_status = o.outcome_status
        AND r.known_from <= e.since AND e.since < r.known_until AND o.recorded_at < r.known_from
    WHERE o.decision_id IN (FROM wanted) AND NOT EXISTS (
        FROM void_periods AS p
        WHERE p.decision_id = o.decision_id AND p.outcome_id IN ('', o.outcome_id)
            AND p.known_from <= e.since AND e.since < p.known_until
    )
),
judged AS (
    SELECT *,
        is_win(outcome_meaning, customer_acquired, deal_closed) AS is_win,
        coalesce(outcome_meaning = 'lost', false) AS is_loss,
        coalesce(outcome_meaning = 'reversed', false) AS is_reversal,
        exact_money(revenue_generated) AS amount
    FROM seen
),
summed AS (
    SELECT *,
        row_number() OVER so_far AS place,
        bool_or(is_win) OVER so_far AS had_win,
        sum(amount) OVER so_far AS total,
        sum(CASE WHEN amount < 0 THEN -amount ELSE 0::DECIMAL(28, 6) END) OVER so_far AS refunds,
        bool_or(response_received) OVER so_far AS responded,
        bool_or(customer_acquired) OVER so_far AS had_customer,
        bool_or(deal_closed) OVER so_far AS had_deal,
        lead(recorded_at) OVER (PARTITION BY decision_id, since ORDER BY recorded_at, row_order) AS next_recorded
    FROM judged
    WINDOW so_far AS (
        PARTITION BY decision_id, since ORDER BY recorded_at, row_order
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
-- Since the last reversal: the sum of the amounts, and how much of the refunds is money that the reversal took along.
since_reversal AS (
    SELECT *,
        total - coalesce(last_value(CASE WHEN is_reversal THEN total END IGNORE NULLS) OVER before, 0) AS balance,
        refunds - coalesce(last_value(CASE WHEN is_reversal THEN refunds END IGNORE NULLS) OVER before, 0) AS returned
    FROM summed
    WINDOW before AS (
        PARTITION BY decision_id, since ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
credited AS (
    SELECT *,
        balance + least(returned, coalesce(
            last_value(CASE WHEN is_reversal THEN greatest(balance, 0) END IGNORE NULLS) OVER before, 0
        )) AS net
    FROM since_reversal
    WINDOW before AS (
        PARTITION BY decision_id, since ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
received AS (
    SELECT *,
        -- what a reversal leaves is at most nothing: more may have gone back than had come in
        coalesce(sum(CASE WHEN is_reversal THEN least(net, 0) END) OVER before, 0)
            + CASE WHEN is_reversal THEN least(net, 0) ELSE net END AS received
    FROM credited
    WINDOW before AS (
        PARTITION BY decision_id, since ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
ruled AS (
    SELECT *,
        CASE
            WHEN (is_reversal OR (amount < 0 AND received <= 0 AND received - amount > 0)) AND had_win THEN 'lost'
            WHEN is_win THEN 'won'
            WHEN is_loss THEN 'lost'
        END AS ruling
    FROM received
),
stated AS (
    SELECT *, coalesce(last_value(ruling IGNORE NULLS) OVER so_far, 'open') AS state
    FROM ruled
    WINDOW so_far AS (
        PARTITION BY decision_id, since ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
),
-- The row that closed a decision is the one at which its state last changed.
changed AS (
    SELECT *,
        state <> coalesce(lag(state) OVER (PARTITION BY decision_id, since ORDER BY place), 'open') AS is_change
    FROM stated
),
closed AS (
    SELECT *,
        last_value(CASE WHEN is_change THEN time_to_outcome_hours END IGNORE NULLS) OVER so_far AS hours,
        last_value(CASE WHEN is_change THEN occurred_at END IGNORE NULLS) OVER so_far AS closed_at,
        last_value(CASE WHEN is_change THEN
            CASE WHEN occurred_at < decision_recorded_at THEN occurred_at ELSE recorded_at END
        END IGNORE NULLS) OVER so_far AS closing_recorded_at
    FROM changed
    WINDOW so_far AS (
        PARTITION BY decision_id, since ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )
)
SELECT
    decision_id, opportunity_type, opportunity_source, decision_timestamp,
    decision_has_cost AS has_cost,
    decision_has_effort AS has_effort,
    greatest(recorded_at, since, decision_recorded_at, decision_timestamp) AS known_from,
    least(coalesce(next_recorded, 'infinity'::TIMESTAMP), until) AS known_until,
    state, hours, closed_at,
    CASE WHEN state = 'won' THEN received ELSE 0 END::DOUBLE AS revenue,
    responded,
    had_customer AS customer_acquired,
    had_deal AS deal_closed,
    place AS outcomes,
    recorded_at AS last_recorded,
    closing_recorded_at,
    received::DOUBLE AS received
FROM closed
WHERE recorded_at >= since OR coalesce(next_recorded, 'infinity'::TIMESTAMP) > since;

-- One row per cell, as in 0002, with what was received of decisions that are open and of those that are lost. A response, customer or deal is counted once per decision, also where it was taken back later.
CREATE OR REPLACE MACRO cells(as_of) AS TABLE
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
        sum(exact_money(received)) FILTER (WHERE state = 'open') AS pending_revenue,
        sum(exact_money(received)) FILTER (WHERE state = 'lost') AS received_not_won,
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
    FROM decisions_at(as_of)
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
    greatest(decided.last_recorded, earned.last_recorded) AS last_recorded,
    coalesce(pending_revenue, 0)::DOUBLE AS pending_revenue,
    coalesce(received_not_won, 0)::DOUBLE AS received_not_won
FROM decided LEFT JOIN earned USING (opportunity_source, opportunity_type);

-- As in 0004, over the decisions as they were known.
-- Delays of closed decisions and ages of open ones, counted by cell, state and bin.
-- The open ones are all decisions less the closed, bin by bin: outcomes carry their decision's time, so no join is
-- needed. Ages are added up in whole microseconds, which makes the difference exact.
CREATE OR REPLACE MACRO delay_histogram(as_of) AS TABLE
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
    FROM decisions_at(as_of)
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
CREATE OR REPLACE MACRO settled_ages(as_of) AS TABLE
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
    FROM decisions_at(as_of)
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
    FROM decisions_at(as_of)
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
