-- How long did it take until decisions were known to be won or lost, and how old are the open ones, as of a moment?
-- Parameters: as_of.
-- A histogram: opportunity_source, opportunity_type, state ('won', 'lost', 'open'),
--   bin: floor(8 log2(hours)) with hours at least 1/64, so a bin is 9 % wide;
--   decisions: how many; hours: their mean delay (decision to recorded), of open decisions the age;
--   occurred_hours: mean hours from decision to occurrence, NULL of open ones.
SELECT * FROM delay_histogram($as_of) ORDER BY opportunity_source, opportunity_type, state, bin;
