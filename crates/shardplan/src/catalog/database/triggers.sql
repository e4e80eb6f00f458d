-- Triggers of tables, without PostgreSQL's own and without a partition's copies of its parent's. Each foreign key has four
-- of PostgreSQL's own, which an index skips: those of users have no constraint (0) or are constraint triggers ($1).
SELECT t.tgrelid, t.tgname, pg_get_triggerdef(t.oid), s.nspname, f.proname, t.tgenabled
FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    JOIN pg_proc AS f ON f.oid = t.tgfoid
    JOIN pg_namespace AS s ON s.oid = f.pronamespace
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('r', 'p', 'f')
    AND NOT t.tgisinternal
    AND t.tgconstraint = ANY ($1::oid[])
    AND NOT {cloned_trigger}
ORDER BY t.oid
