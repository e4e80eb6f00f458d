-- What views read: their rule depends on it. Columns give a row each, so rows repeat.
SELECT DISTINCT r.ev_class, d.refobjid
FROM pg_rewrite AS r
    JOIN pg_class AS c ON c.oid = r.ev_class
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('v', 'm')
    AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid <> r.ev_class
ORDER BY r.ev_class, d.refobjid
