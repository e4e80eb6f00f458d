-- Tables of every kind, views and materialized views of the user's schemas, one row each, with size and activity.
-- Sizes and counters are those of the table itself: a partitioned table has none.
SELECT
    c.oid,
    n.nspname,
    c.relname,
    c.relkind,
    c.relpersistence,
    c.relispartition,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
    c.relreplident,
    c.relrowsecurity,
    c.relforcerowsecurity,
    pg_get_userbyid(c.relowner),
    member.extname,
    {rows},
    CASE WHEN c.relkind = 'r' THEN pg_total_relation_size(c.oid) END,
    CASE WHEN c.relkind = 'r' THEN
        pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
    END,
    -- Whether pg_stats shows this role the table's columns: it wants SELECT, on the table or on each of its columns,
    has_table_privilege(c.oid, 'SELECT') OR NOT EXISTS (
        SELECT FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
    ),
    -- and no row security in between.
    c.relrowsecurity AND row_security_active(c.oid)
FROM pg_class AS c
    JOIN {user_schemas} AS n ON n.oid = c.relnamespace
    LEFT JOIN {members_of_class} AS member ON member.objid = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
ORDER BY c.oid
