-- Row security policies. Role 0 stands for PUBLIC and has no row in pg_roles.
SELECT
    p.polrelid,
    p.polname,
    p.polcmd,
    p.polpermissive,
    ARRAY(SELECT r.rolname::text FROM pg_roles AS r WHERE c.relnamespace = ANY ({user_schemas})
    AND r.oid = ANY (p.polroles) ORDER BY r.rolname),
    pg_get_expr(p.polqual, p.polrelid),
    pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy AS p
    JOIN pg_class AS c ON c.oid = p.polrelid
ORDER BY p.oid
