-- Primary keys, unique and exclusion constraints, foreign keys, checks and constraint triggers of tables. What most have
-- alike, and what others read, comes as NULL, which the server neither prints nor sends. Foreign keys that a partition has from
-- its parent, and those that PostgreSQL adds for each referenced partition, have a parent constraint and are left out.
SELECT
    o.oid,
    o.conrelid,
    o.conname,
    o.contype,
    CASE WHEN o.contype IN ('p', 'u', 'x') THEN o.conindid END,
    NULLIF(o.confrelid, 0),
    CASE WHEN o.contype = 'f' THEN o.conkey END,
    o.confkey,
    {set_columns},
    NULLIF(o.confmatchtype, 's'),
    NULLIF(o.confupdtype, 'a'),
    NULLIF(o.confdeltype, 'a'),
    NULLIF(o.condeferrable, false),
    NULLIF(o.condeferred, false),
    NULLIF(o.convalidated, true),
    NULLIF(o.connoinherit, false),
    NULLIF(o.conislocal, true),
    CASE WHEN o.contype = 'c' THEN pg_get_expr(o.conbin, o.conrelid) END,
    -- Operators of an exclusion constraint, qualified as pg_get_constraintdef does when they are not PostgreSQL's own.
    CASE WHEN o.contype = 'x' THEN ARRAY(
        SELECT CASE WHEN s.nspname = 'pg_catalog' THEN p.oprname::text
            ELSE 'OPERATOR(' || quote_ident(s.nspname) || '.' || p.oprname || ')' END
        FROM unnest(o.conexclop) WITH ORDINALITY AS x (operator, position)
            JOIN pg_operator AS p ON p.oid = x.operator
            JOIN pg_namespace AS s ON s.oid = p.oprnamespace
        ORDER BY x.position
    ) END
FROM pg_constraint AS o
WHERE o.connamespace = ANY ({user_schemas})
    -- Those of domains have no table.
    AND o.conrelid <> 0
    AND (o.contype IN ('p', 'u', 'x', 'c', 't') OR (o.contype = 'f' AND o.conparentid = 0))
