-- Which decisions are about people with these e-mail addresses? Oldest first.
-- Parameters: emails, a list of texts in lower case.
-- Columns: decision_id; email, in lower case; timestamp.
WITH addressed AS (
    SELECT decision_id, "timestamp",
        coalesce(
            nullif(regexp_extract(lower(sender), '[^\s<>()",;]+@[^\s<>()",;]+'), ''),
            lower(trim(sender))
        ) AS email
    FROM decisions
    WHERE sender <> ''
)
SELECT decision_id, email, "timestamp"
FROM addressed
WHERE email IN (SELECT unnest($emails))
ORDER BY "timestamp";
