-- Which records could not become facts, and were not dismissed? Newest first.
-- Parameters: limit: NULL: all.
-- Columns: reject: its number, from what it says; all of rejects.
SELECT * FROM open_rejects ORDER BY rejected_at DESC, kind, id LIMIT coalesce($limit, 9223372036854775807);
