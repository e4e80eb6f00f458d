-- The queries of views and materialized views ($1).
SELECT c.oid, pg_get_viewdef(c.oid)
FROM pg_class AS c
WHERE c.oid = ANY ($1::oid[])
