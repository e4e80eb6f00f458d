-- The queries of views and materialized views that no extension owns.
SELECT c.oid, pg_get_viewdef(c.oid)
FROM pg_class AS c
    LEFT JOIN {members_of_class} AS member ON member.objid = c.oid
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('v', 'm')
    AND member.objid IS NULL
ORDER BY c.oid
