-- Columns of tables and materialized views in no order, dropped ones left out. Types and collations come as numbers: their
-- names are asked for once each, in column_types.sql and collations.sql. What most columns have alike comes as NULL, which
-- the server neither prints nor sends.
SELECT
    a.attrelid,
    a.attnum,
    a.attname,
    a.atttypid,
    NULLIF(a.atttypmod, -1),
    NULLIF(a.attcollation, 0),
    NULLIF(a.attnotnull, false),
    NULLIF(a.attidentity, ''),
    NULLIF({generated}, '')
FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('r', 'p', 'f', 'm')
    AND a.attnum > 0
    AND NOT a.attisdropped
