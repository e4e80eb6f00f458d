-- Columns of tables and materialized views in no order, dropped ones left out. Types and collations come as numbers: their
-- names are asked for once each, in column_types.sql and collations.sql.
SELECT
    a.attrelid,
    a.attnum,
    a.attname,
    a.atttypid,
    a.atttypmod,
    a.attcollation,
    a.attnotnull,
    a.attidentity,
    {generated}
FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('r', 'p', 'f', 'm')
    AND a.attnum > 0
    AND NOT a.attisdropped
