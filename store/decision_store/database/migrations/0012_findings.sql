-- Each status that a comparison of the insights got: found, confirmed or retracted by later decisions. Rows are never changed.
CREATE TABLE findings (
    finding_id   VARCHAR NOT NULL,    -- unique
    insight_id   VARCHAR NOT NULL,    -- the insight, from its first status to its last
    subject      VARCHAR NOT NULL,    -- what is compared: family, level, source and direction, separated by tabs
    insight_type VARCHAR NOT NULL,    -- e.g. best_source
    title        VARCHAR NOT NULL,    -- in one line
    status       VARCHAR NOT NULL,    -- emerging, supported, confirmed or retracted
    effect       DOUBLE NOT NULL,     -- as first found: points, or the logarithm of a ratio
    found_at     TIMESTAMP NOT NULL,  -- when it was first found
    recorded_at  TIMESTAMP NOT NULL   -- when it got this status
);
