-- Rejects that somebody has looked at and put away. Rows are never changed; the reject itself stays.
CREATE TABLE dismissals (
    dismissal_id VARCHAR NOT NULL,   -- unique
    reject       VARCHAR NOT NULL,   -- number of the reject, from what it says
    recorded_at  TIMESTAMP NOT NULL  -- when the log learnt of it
);

-- What was rejected and not dismissed. Its number is the same after a rebuild.
CREATE VIEW open_rejects AS
WITH numbered AS (
    SELECT md5(concat_ws(chr(31), kind, id, reason, record)) AS reject, * FROM rejects
)
SELECT * FROM numbered WHERE reject NOT IN (SELECT reject FROM dismissals);
