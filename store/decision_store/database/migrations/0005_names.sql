-- Names of types, sources and decision makers. The tables of facts hold each name as it is shown: as first written, or
-- as merged and renamed. A Python step in the same transaction fills `names` from the rows of older logs.

-- Two names are one, in all facts. Rows are never changed.
CREATE TABLE aliases (
    alias_id    VARCHAR NOT NULL,    -- unique
    field       VARCHAR NOT NULL,    -- opportunity_type, opportunity_source or decision_maker
    name        VARCHAR NOT NULL,    -- the name that is merged or renamed
    target      VARCHAR NOT NULL,    -- the name that is shown instead
    recorded_at TIMESTAMP NOT NULL   -- when the log learnt of it
);

-- Every spelling that was met; derived from decisions and aliases by the fold.
CREATE TABLE names (
    field     VARCHAR NOT NULL,  -- opportunity_type, opportunity_source or decision_maker
    spelling  VARCHAR NOT NULL,  -- as written
    key       VARCHAR NOT NULL,  -- by which spellings are compared; decision_store/names.py
    canonical VARCHAR NOT NULL   -- as it is shown
);
