-- Does the log hold any decision, also one that was taken back?
-- Parameters: none.
-- Columns: found.
SELECT EXISTS (FROM logged_decisions) AS found;
