-- What ANALYZE found out about columns. The view shows only what the role may read, which was checked before.
-- Values of any type are read by way of their array's text form.
SELECT
    s.schemaname,
    s.tablename,
    s.attname,
    s.inherited,
    s.null_frac,
    s.n_distinct,
    s.most_common_vals::text::text[],
    s.most_common_freqs
FROM pg_stats AS s
WHERE s.schemaname IN (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = ANY ({user_schemas}))
