-- From which age on has a decision of a type had its chance, as of a moment?
-- Parameters: as_of.
-- One row per opportunity_type: settled_hours: by then 95 % of its wins are recorded, NULL: nothing was won yet;
--   ample: whether follow-up is long enough to believe that no slower wins are still to come.
SELECT * FROM settled_ages($as_of) ORDER BY opportunity_type;
