-- A comparison that the log supports is stored once, when it is first found, and tested again on later decisions alone.

ALTER TABLE insights ADD COLUMN subject VARCHAR;          -- what is compared, e.g. source|email||+; NULL: a plain count
ALTER TABLE insights ADD COLUMN status VARCHAR;           -- emerging, supported, confirmed or retracted
ALTER TABLE insights ADD COLUMN status_since TIMESTAMP;   -- when it became that
ALTER TABLE insights ADD COLUMN effect DOUBLE;            -- as first found: points, or logarithm of a ratio; NULL: a count
ALTER TABLE insights ADD COLUMN later_decisions BIGINT;   -- decisions made since then by which it was tested; NULL: none
