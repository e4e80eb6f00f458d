-- Functions, window functions and procedures that neither an extension ('e') nor a range type ('i', its constructors)
-- brought along; aggregates have no body. A body in SQL-standard form
-- is stored parsed, and printed only where there is one.
SELECT
    f.pronamespace,
    f.proname,
    ARRAY(
        SELECT format_type(a.type, NULL)
        FROM unnest(f.proargtypes) WITH ORDINALITY AS a (type, position)
        ORDER BY a.position
    ),
    l.lanname,
    f.prosrc,
    {sql_body},
    pg_get_function_result(f.oid)
FROM pg_proc AS f
    JOIN pg_language AS l ON l.oid = f.prolang
WHERE f.pronamespace = ANY ({user_schemas})
    AND f.prokind IN ('f', 'w', 'p')
    AND NOT EXISTS (
        SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype IN ('e', 'i')
    )
ORDER BY f.oid
