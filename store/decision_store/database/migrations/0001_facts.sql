-- The facts of the log. Every TIMESTAMP is UTC. Rows lie in the order in which they were folded, which is
-- nearly time order, so that zone maps make a query over the last months cheap. There are no keys and no
-- indexes: the fold keeps ids unique, and an index on random ids triples the file and slows every write.

-- What was done about one opportunity. A decision never changes once logged.
CREATE TABLE decisions (
    decision_id         VARCHAR NOT NULL,    -- the caller's own id; unique
    "timestamp"         TIMESTAMP NOT NULL,  -- when the decision was made
    opportunity_type    VARCHAR NOT NULL,    -- such as lead, referral, general
    opportunity_source  VARCHAR NOT NULL,    -- where it came from; with the type: the cell
    opportunity_content VARCHAR NOT NULL,    -- the full text; '' where there was none
    opportunity_score   DOUBLE,              -- base score, 0 to 100; NULL: nobody gave one
    sender              VARCHAR NOT NULL,    -- '' unknown
    action_taken        VARCHAR NOT NULL,    -- what was done
    decision_maker      VARCHAR NOT NULL,    -- who decided
    context             JSON NOT NULL,       -- any further attributes, an object with sorted keys
    opportunity_id      VARCHAR,             -- the opportunity's own id; NULL: it has none
    received_at         TIMESTAMP,           -- when the opportunity came in; NULL: unknown
    cost_usd            DOUBLE,              -- what acting on it cost; NULL: unknown, which is not zero
    effort_minutes      DOUBLE,              -- time spent on it; NULL: unknown
    action_probability  DOUBLE,              -- probability with which this action was drawn; NULL: not at random
    recorded_at         TIMESTAMP NOT NULL   -- when the log learnt of it
);

-- What was learnt later about one decision; a decision has any number of rows, corrections and refunds included.
CREATE TABLE outcomes (
    outcome_id            VARCHAR NOT NULL,    -- unique
    decision_id           VARCHAR NOT NULL,    -- a row of decisions
    outcome_type          VARCHAR NOT NULL,    -- such as response, conversion, refund
    outcome_status        VARCHAR NOT NULL,    -- such as pending, success, failed, reversed
    revenue_generated     DOUBLE NOT NULL,     -- in the log's one currency; a refund is negative
    customer_acquired     BOOLEAN NOT NULL,
    deal_closed           BOOLEAN NOT NULL,
    response_received     BOOLEAN NOT NULL,
    time_to_outcome_hours DOUBLE NOT NULL,     -- as given, otherwise occurred_at - decision_timestamp, at least 0
    notes                 VARCHAR NOT NULL,
    occurred_at           TIMESTAMP NOT NULL,  -- when it happened
    recorded_at           TIMESTAMP NOT NULL,  -- when the log learnt of it
    -- Filled by the fold, so that questions about outcomes need no join with decisions.
    hours_given           BOOLEAN NOT NULL,    -- whether time_to_outcome_hours was told by the caller
    opportunity_type      VARCHAR NOT NULL,    -- the decision's
    opportunity_source    VARCHAR NOT NULL,    -- the decision's
    decision_timestamp    TIMESTAMP NOT NULL,  -- the decision's timestamp
    decision_recorded_at  TIMESTAMP NOT NULL,  -- the decision's recorded_at
    decision_has_cost     BOOLEAN NOT NULL,    -- the decision's cost_usd is known
    decision_has_effort   BOOLEAN NOT NULL     -- the decision's effort_minutes is known
);

-- What one model version said about one opportunity at one moment.
CREATE TABLE predictions (
    prediction_id          VARCHAR NOT NULL,    -- unique
    opportunity_id         VARCHAR NOT NULL,    -- the opportunity's own id, or a hash of its inputs
    predicted_at           TIMESTAMP NOT NULL,  -- when it was said
    as_of                  TIMESTAMP NOT NULL,  -- the moment up to which facts were used
    model_version          VARCHAR NOT NULL,    -- name of the artifact, or 'rates'
    opportunity_type       VARCHAR NOT NULL,
    opportunity_source     VARCHAR NOT NULL,
    probability            DOUBLE,              -- P(won), a fraction; NULL: nothing known
    low                    DOUBLE,              -- its 95 % interval, fractions
    high                   DOUBLE,
    expected_revenue       DOUBLE,              -- per decision, in the log's currency
    confidence             DOUBLE,              -- 0 to 1
    inputs_hash            VARCHAR NOT NULL,    -- hash of what the model looked at
    adjusted_score         DOUBLE,              -- 0 to 100
    score_parts            JSON NOT NULL,       -- its parts, an object
    similar_past_decisions VARCHAR,
    reasoning              VARCHAR,
    -- Names that older reports use.
    predicted_outcome      VARCHAR GENERATED ALWAYS AS (CASE WHEN probability IS NULL THEN 'unknown' WHEN probability >= 0.5 THEN 'conversion' ELSE 'no_conversion' END) VIRTUAL,
    predicted_revenue      DOUBLE GENERATED ALWAYS AS (expected_revenue) VIRTUAL,
    predicted_conversion_probability DOUBLE GENERATED ALWAYS AS (100 * probability) VIRTUAL  -- percent
);

-- Sentences about the log that somebody chose to keep.
CREATE TABLE insights (
    insight_id       VARCHAR NOT NULL,
    insight_type     VARCHAR NOT NULL,
    title            VARCHAR NOT NULL,
    description      VARCHAR NOT NULL,
    confidence_score DOUBLE,              -- 0 to 1
    data_points      BIGINT,              -- decisions behind it
    generated_at     TIMESTAMP NOT NULL,
    is_active        BOOLEAN NOT NULL
);

-- What each row of outcomes made of its decision; derived from outcomes by history_of(), in the transaction that adds
-- them. A question as of T reads the rows with known_from <= T < known_until: at most one per decision.
CREATE TABLE decision_history (
    decision_id        VARCHAR NOT NULL,
    opportunity_type   VARCHAR NOT NULL,
    opportunity_source VARCHAR NOT NULL,
    decision_timestamp TIMESTAMP NOT NULL,
    has_cost           BOOLEAN NOT NULL,    -- the decision's cost_usd is known
    has_effort         BOOLEAN NOT NULL,    -- the decision's effort_minutes is known
    known_from         TIMESTAMP NOT NULL,  -- when the log knew both this outcome and the decision
    known_until        TIMESTAMP NOT NULL,  -- when it knew the next outcome; infinity: this is the last
    state              VARCHAR NOT NULL,    -- won, lost or open
    hours              DOUBLE,              -- from the decision to the outcome that closed it; NULL: open
    closed_at          TIMESTAMP,           -- when that outcome happened; NULL: open
    revenue            DOUBLE NOT NULL,     -- sum so far
    responded          BOOLEAN NOT NULL,    -- some outcome so far has a response
    customer_acquired  BOOLEAN NOT NULL,    -- likewise, also where it was taken back
    deal_closed        BOOLEAN NOT NULL,
    outcomes           BIGINT NOT NULL,     -- rows so far
    last_recorded      TIMESTAMP NOT NULL   -- recorded_at of this outcome
);

-- How far each journal file has been folded. Written in the transaction that inserts the facts: exactly once.
CREATE TABLE journal_positions (
    file     VARCHAR NOT NULL,  -- name within the journal folder
    position BIGINT NOT NULL,   -- bytes folded, up to the end of a line
    seen     BIGINT NOT NULL    -- bytes looked at; more than position: an unfinished line follows
);

-- Records that were acknowledged or found but could not become facts. Never deleted, but for an outcome
-- whose decision arrives later.
CREATE TABLE rejects (
    kind        VARCHAR NOT NULL,    -- decision, outcome, prediction, segment or damaged
    id          VARCHAR NOT NULL,    -- its id; '' where it has none
    decision_id VARCHAR NOT NULL,    -- of an outcome: the decision it names; otherwise ''
    reason      VARCHAR NOT NULL,
    record      VARCHAR NOT NULL,    -- the record as it was found
    source      VARCHAR NOT NULL,    -- the journal or segment file it came from
    rejected_at TIMESTAMP NOT NULL
);
