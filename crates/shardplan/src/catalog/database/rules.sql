-- Rewrite rules of tables.
SELECT r.ev_class, r.rulename, pg_get_ruledef(r.oid), r.is_instead
FROM pg_rewrite AS r
    JOIN pg_class AS c ON c.oid = r.ev_class
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('r', 'p', 'f')
ORDER BY r.oid
