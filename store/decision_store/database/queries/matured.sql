-- How many decisions of each cell have had their chance, as of a moment?
-- Parameters: as_of.
-- One row per (opportunity_source, opportunity_type): won; matured: won, lost, or open for longer than the settled age
--   of the type; settled, settled_won: decisions older than that age, and those of them that are won; ample.
SELECT * FROM matured($as_of) ORDER BY opportunity_source, opportunity_type;
