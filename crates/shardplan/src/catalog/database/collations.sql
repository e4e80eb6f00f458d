-- The names of collations ($1).
SELECT l.oid, s.nspname, l.collname
FROM pg_collation AS l
    JOIN pg_namespace AS s ON s.oid = l.collnamespace
WHERE l.oid = ANY ($1::oid[])
