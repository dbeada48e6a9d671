-- Which records could not become facts? Newest first.
-- Parameters: limit: NULL: all.
-- Columns: all of rejects.
SELECT * FROM rejects ORDER BY rejected_at DESC, kind, id LIMIT coalesce($limit, 9223372036854775807);
