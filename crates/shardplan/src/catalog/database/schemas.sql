-- Schemas that are neither PostgreSQL's nor Citus's own.
SELECT s.oid, s.nspname
FROM pg_namespace AS s
WHERE s.nspname !~ '^pg_'
    AND s.nspname <> 'information_schema'
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
            JOIN pg_extension AS e ON e.oid = d.refobjid
        WHERE d.classid = 'pg_namespace'::regclass AND d.objid = s.oid AND d.deptype = 'e'
            AND d.refclassid = 'pg_extension'::regclass AND e.extname LIKE 'citus%'
    )
