-- Which decisions whose ids were made from their content (a prefix and 16 hexadecimal digits) were made at these times?
-- Parameters: times: a list of moments.
-- Columns: decision_id, "timestamp", opportunity_type, opportunity_source, opportunity_content, sender: as first logged.
SELECT decision_id, "timestamp", opportunity_type, opportunity_source, opportunity_content, sender
FROM logged_decisions
WHERE "timestamp" IN (SELECT unnest($times::TIMESTAMP[]))
    AND regexp_matches(decision_id, '-[0-9a-f]{16}(-[0-9]+)?$')
ORDER BY decision_id;
