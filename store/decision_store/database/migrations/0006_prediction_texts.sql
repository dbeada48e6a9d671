-- Predictions keep their score parts, their reasoning and the similar decisions they were shown with, in few bytes: the
-- points as numbers, the reasoning as a template that many predictions share (DuckDB stores such texts as dictionary
-- codes), in which {probability}, {low}, {high} and {revenue} stand for the row's own numbers. The documented columns
-- score_parts and reasoning are rendered on reading. A brace of a text itself is kept as {{}.
CREATE TABLE predictions_with_texts (
    prediction_id          VARCHAR NOT NULL,    -- unique
    opportunity_id         VARCHAR NOT NULL,    -- the opportunity's own id, or a hash of its inputs
    predicted_at           TIMESTAMP NOT NULL,  -- when it was predicted
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
    adjusted_score         DOUBLE,              -- 0 to 100; NULL: nothing was scored
    base_points            DOUBLE,              -- parts of the score, in points
    conversion_points      DOUBLE,
    revenue_points         DOUBLE,
    confidence_points      DOUBLE,
    similar_past_decisions VARCHAR,             -- ids of the newest decisions of the cell, a JSON list
    reasoning_template     VARCHAR,             -- see above
    shadow                 BOOLEAN NOT NULL,    -- true: kept to be graded, never shown
    score_parts JSON GENERATED ALWAYS AS (
        CASE WHEN base_points IS NULL THEN '{}'::JSON ELSE json_object(
            'base', base_points, 'conversion', conversion_points,
            'revenue', revenue_points, 'confidence', confidence_points
        ) END
    ) VIRTUAL,
    reasoning VARCHAR GENERATED ALWAYS AS (
        CASE WHEN contains(reasoning_template, '{') THEN replace(replace(replace(replace(replace(
            reasoning_template,
            '{probability}', format(CASE WHEN 100 * probability < 10 THEN '{:.1f} %' ELSE '{:.0f} %' END, 100 * probability)),
            '{low}', format(CASE WHEN 100 * low < 10 THEN '{:.1f} %' ELSE '{:.0f} %' END, 100 * low)),
            '{high}', format(CASE WHEN 100 * high < 10 THEN '{:.1f} %' ELSE '{:.0f} %' END, 100 * high)),
            '{revenue}', format('{:,.0f}', expected_revenue)),
            '{{}', '{')
        ELSE reasoning_template END
    ) VIRTUAL,
    -- Names that older reports use.
    predicted_outcome      VARCHAR GENERATED ALWAYS AS (CASE WHEN probability IS NULL THEN 'unknown' WHEN probability >= 0.5 THEN 'conversion' ELSE 'no_conversion' END) VIRTUAL,
    predicted_revenue      DOUBLE GENERATED ALWAYS AS (expected_revenue) VIRTUAL,
    predicted_conversion_probability DOUBLE GENERATED ALWAYS AS (100 * probability) VIRTUAL  -- percent
);

INSERT INTO predictions_with_texts (
    prediction_id, opportunity_id, predicted_at, as_of, model_version, opportunity_type, opportunity_source,
    probability, low, high, expected_revenue, confidence, inputs_hash, adjusted_score,
    base_points, conversion_points, revenue_points, confidence_points,
    similar_past_decisions, reasoning_template, shadow
)
SELECT prediction_id, opportunity_id, predicted_at, as_of, model_version, opportunity_type, opportunity_source,
    probability, low, high, expected_revenue, confidence, inputs_hash, adjusted_score,
    (score_parts ->> 'base')::DOUBLE, (score_parts ->> 'conversion')::DOUBLE,
    (score_parts ->> 'revenue')::DOUBLE, (score_parts ->> 'confidence')::DOUBLE,
    similar_past_decisions, replace(reasoning, '{', '{{}'), shadow
FROM predictions
ORDER BY rowid;

DROP TABLE predictions;
ALTER TABLE predictions_with_texts RENAME TO predictions;
