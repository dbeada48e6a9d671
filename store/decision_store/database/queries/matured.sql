-- How many decisions of each cell have had their chance, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type): won; matured: won, lost, or open for longer than 95 of 100 wins
--   of the type took.
SELECT * FROM matured($as_of) ORDER BY opportunity_source, opportunity_type;
