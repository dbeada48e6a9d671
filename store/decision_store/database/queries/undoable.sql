-- Which facts have these ids, and were they taken back already?
-- Parameters: ids: of decisions, outcomes, amendments and aliases; that of several amendments of one call stands before
--   a full stop in theirs.
-- Columns: kind: decision, outcome, void, restore, correct, map or alias; id; decision_id; outcome_id; field, word; what:
--   in words; before: of correct and map what holds without it, which is the last one of that field or word that stands,
--   or what was logged; of alias the name shown since;
--   recorded_at; voided: it was taken back already, voided_by: by that amendment or alias; is_undo: it takes something
--   back itself.
WITH RECURSIVE undone AS (
    SELECT undoes AS id, arg_max(amendment_id, row_order) AS by
    FROM amendments_in_order AS a
    WHERE undoes <> '' AND NOT EXISTS (FROM amendments AS b WHERE b.undoes = a.amendment_id)
    GROUP BY undoes
    UNION ALL
    SELECT a.alias_id, b.alias_id
    FROM aliases AS a JOIN aliases AS b ON b.alias_id = 'undo_' || a.alias_id
    WHERE NOT EXISTS (FROM aliases AS c WHERE c.alias_id = 'undo_' || b.alias_id)
),
voids AS (
    SELECT p.decision_id, p.outcome_id, arg_max(a.amendment_id, a.row_order) AS by
    FROM void_periods AS p JOIN amendments_in_order AS a
        ON a.decision_id = p.decision_id AND a.outcome_id = p.outcome_id AND a.recorded_at = p.known_from
    WHERE p.known_until = 'infinity' AND a.action = 'void'
    GROUP BY ALL
),
changes AS (
    SELECT * REPLACE (row_number() OVER (ORDER BY recorded_at, sequence NULLS FIRST, row_order) AS row_order),
        concat_ws(chr(0), action, decision_id, field,
        regexp_replace(lower(strip_accents(word)), '[^[:alnum:]]', '', 'g')) AS subject
    FROM amendments_in_order
    WHERE action IN ('correct', 'map')
),
-- What takes a change back, what takes that back, and so on: the last one decides whether the change stands.
chain AS (
    SELECT amendment_id, amendment_id AS root, 0 AS depth, row_order FROM changes WHERE undoes = ''
    UNION ALL
    SELECT a.amendment_id, c.root, c.depth + 1, a.row_order
    FROM changes AS a JOIN chain AS c ON a.undoes = c.amendment_id
),
given AS (
    SELECT o.amendment_id, o.subject, o.value, o.row_order, l.depth % 2 = 0 AS stands
    FROM changes AS o
    JOIN (SELECT root, arg_max(depth, row_order) AS depth FROM chain GROUP BY root) AS l ON l.root = o.amendment_id
),
without AS (
    SELECT c.amendment_id,
        (SELECT arg_max(g.value, g.row_order) FROM given AS g
         WHERE g.subject = r.subject AND CASE WHEN g.amendment_id = c.root THEN c.depth % 2 = 1 ELSE g.stands END
        ) AS value
    FROM chain AS c JOIN given AS r ON r.amendment_id = c.root
),
wanted AS (
    SELECT unnest($ids::VARCHAR[]) AS id
),
facts AS (
    SELECT 'decision' AS kind, decision_id AS id, decision_id, '' AS outcome_id, '' AS field, '' AS word,
        format('{} from {}: {}', opportunity_type, opportunity_source, action_taken) AS what,
        '' AS before, recorded_at, false AS is_undo, 0 AS rank, row_number() OVER () AS place
    FROM every_decision
    WHERE decision_id IN (FROM wanted)
    UNION ALL
    SELECT 'outcome', outcome_id, decision_id, outcome_id, '', '',
        format('{} {}, {:.2f}', outcome_type, outcome_status, revenue_generated), '', recorded_at, false, 1, rowid
    FROM outcomes
    WHERE outcome_id IN (FROM wanted)
    UNION ALL
    SELECT action, amendment_id, decision_id, outcome_id, field, word,
        CASE action
            WHEN 'correct' THEN format('{}: {}', field, a.value)
            WHEN 'map' THEN format('{} means {}', word, coalesce(nullif(a.value, ''), 'nothing any longer'))
            ELSE concat_ws(' ', 'of', coalesce(nullif(outcome_id, ''), decision_id)) END,
        w.value, recorded_at, undoes <> '', 2, row_order
    FROM amendments_in_order AS a LEFT JOIN without AS w USING (amendment_id)
    UNION ALL
    SELECT 'alias', alias_id, '', '', field, name, format('{} is shown as {}', name, target), target, recorded_at,
        starts_with(alias_id, 'undo_'), 3, rowid
    FROM aliases
)
SELECT f.* EXCLUDE (rank, place, before),
    CASE WHEN f.kind = 'correct' AND f.before IS NULL THEN coalesce(
        (SELECT CASE f.field
            WHEN 'opportunity_type' THEN l.opportunity_type
            WHEN 'opportunity_source' THEN l.opportunity_source
            WHEN 'opportunity_content' THEN l.opportunity_content
            WHEN 'sender' THEN l.sender
            WHEN 'action_taken' THEN l.action_taken
            ELSE l.decision_maker END
        FROM logged_decisions AS l WHERE l.decision_id = f.decision_id), ''
    ) ELSE coalesce(f.before, '') END AS before,
    coalesce(v.by, u.by) IS NOT NULL AS voided,
    coalesce(v.by, u.by) AS voided_by
FROM facts AS f
LEFT JOIN undone AS u ON u.id = f.id AND f.kind NOT IN ('decision', 'outcome')
LEFT JOIN voids AS v
    ON f.kind IN ('decision', 'outcome') AND v.decision_id = f.decision_id AND v.outcome_id = f.outcome_id
WHERE f.id IN (FROM wanted)
    OR (f.rank = 2 AND regexp_replace(f.id, '[.][0-9]+$', '') IN (FROM wanted))
ORDER BY f.rank, f.place;
