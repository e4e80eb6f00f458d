-- Columns of tables and materialized views in their order, dropped ones left out. Types come as numbers: their names are
-- asked for once per type and modifier, in column_types.sql.
SELECT
    a.attrelid,
    a.attnum,
    a.attname,
    a.atttypid,
    a.atttypmod,
    a.attcollation,
    -- The collation's name only where it is not the type's default.
    l.nspname,
    l.collname,
    a.attnotnull,
    a.attidentity,
    {generated}
FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN {user_schemas} AS n ON n.oid = c.relnamespace
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN (
        SELECT o.oid, o.collname, s.nspname
        FROM pg_collation AS o
            JOIN pg_namespace AS s ON s.oid = o.collnamespace
    ) AS l ON l.oid = a.attcollation AND a.attcollation <> t.typcollation
WHERE c.relkind IN ('r', 'p', 'f', 'm')
    AND a.attnum > 0
    AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
