-- Facts count in the order in which they were acknowledged, which the journal numbers; the wall clock is information. A
-- clock that was set back between a sale and its refund must not leave the sale won.

-- Number in the sequence of the log; NULL: of a bulk load, or of an older journal, where the time of recording decides.
ALTER TABLE decisions ADD COLUMN sequence BIGINT;
ALTER TABLE decision_versions ADD COLUMN sequence BIGINT;
ALTER TABLE outcomes ADD COLUMN sequence BIGINT;
ALTER TABLE amendments ADD COLUMN sequence BIGINT;

-- The time of recording, no earlier than that of a fact with a lower number.
CREATE MACRO recorded_not_before(recorded, number, latest) AS
    CASE WHEN number IS NULL THEN recorded ELSE greatest(recorded, latest) END;

CREATE VIEW amendments_in_order AS
SELECT * REPLACE (recorded_not_before(recorded_at, sequence, max(recorded_at) OVER before) AS recorded_at),
    rowid AS row_order
FROM amendments
WINDOW before AS (PARTITION BY decision_id, sequence IS NULL ORDER BY sequence);

-- As in 0007, with the new column.
CREATE OR REPLACE VIEW every_decision AS
SELECT * FROM decisions
UNION ALL
SELECT * EXCLUDE (known_from, known_until) FROM decision_versions
WHERE decision_id NOT IN (SELECT decision_id FROM decisions)
QUALIFY row_number() OVER (PARTITION BY decision_id ORDER BY known_until DESC) = 1;

CREATE OR REPLACE VIEW logged_decisions AS
SELECT * FROM decisions WHERE decision_id NOT IN (SELECT decision_id FROM decision_versions)
UNION ALL
SELECT * EXCLUDE (known_from, known_until) FROM decision_versions WHERE known_from = the_beginning();

-- As in 0007, in the order of the sequence.
CREATE OR REPLACE VIEW void_periods AS
SELECT decision_id, outcome_id, action,
    recorded_at AS known_from,
    lead(recorded_at, 1, 'infinity'::TIMESTAMP) OVER (
        PARTITION BY decision_id, outcome_id ORDER BY recorded_at, sequence NULLS FIRST, row_order
    ) AS known_until
FROM amendments_in_order
WHERE action IN ('void', 'restore')
QUALIFY action = 'void' AND known_from < known_until;

-- The history of the decisions in the list ids: for each, one row per outcome, and one per amendment that made its
-- earlier outcomes mean something else. Between two amendments (an epoch) the outcomes mean what they meant at its start.
-- As in 0007, in the order of the sequence.
CREATE OR REPLACE MACRO history_of(ids) AS TABLE
WITH wanted AS (
    SELECT DISTINCT unnest(ids) AS decision_id
),
starts AS (
    SELECT decision_id, the_beginning() AS since FROM wanted
    UNION
    SELECT decision_id, recorded_at FROM amendments_in_order WHERE action <> 'map' AND decision_id IN (FROM wanted)
    UNION
    SELECT o.decision_id, r.known_from
    FROM remapped_outcomes AS r JOIN outcomes AS o USING (outcome_type, outcome_status)
    WHERE o.recorded_at < r.known_from AND o.decision_id IN (FROM wanted)
),
timed AS (
    SELECT o.* REPLACE (recorded_not_before(recorded_at, sequence, max(recorded_at) OVER before) AS recorded_at),
        o.rowid AS row_order
    FROM outcomes AS o
    WHERE decision_id IN (FROM wanted)
    WINDOW before AS (PARTITION BY decision_id, sequence IS NULL ORDER BY sequence)
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
    ), e.since, e.until
    FROM timed AS o
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
        lead(recorded_at) OVER (PARTITION BY decision_id, since ORDER BY recorded_at, sequence NULLS FIRST, row_order) AS next_recorded
    FROM judged
    WINDOW so_far AS (
        PARTITION BY decision_id, since ORDER BY recorded_at, sequence NULLS FIRST, row_order
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
