-- Which names of types, sources and decision makers are known, in which spellings?
-- Parameters: none.
-- Columns: field; spelling: as written; key: by which spellings are compared; canonical: as it is shown.
SELECT field, spelling, key, canonical FROM names ORDER BY field, canonical, rowid;
