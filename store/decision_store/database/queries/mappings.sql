-- Which words were given a meaning, as of a moment? Oldest first.
-- Parameters: as_of.
-- Columns: amendment_id; field: outcome_status or outcome_type; word; value: what it means, '' nothing any longer; reason;
--   undoes: the amendment that it takes back, '' none; recorded_at; holds: it is the last one of its word.
SELECT amendment_id, field, word, value, reason, undoes, recorded_at,
    row_number() OVER (
        PARTITION BY field, regexp_replace(lower(strip_accents(word)), '[^[:alnum:]]', '', 'g')
        ORDER BY recorded_at DESC, rowid DESC
    ) = 1 AS holds
FROM amendments
WHERE action = 'map' AND recorded_at <= $as_of
ORDER BY recorded_at, rowid;
