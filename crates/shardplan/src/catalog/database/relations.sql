-- Tables of every kind, views and materialized views of the user's schemas, one row each, with size and activity.
-- Sizes and counters are those of the table itself: a partitioned table has none.
-- A size is what the last VACUUM, ANALYZE or CREATE INDEX counted, with indexes (indexes.sql) and TOAST
-- (toast.sql). To ask the server for the present size it would have to lock and open each table and index, which
-- takes longer than all else together; so that is done only for tables that nobody has counted yet although rows came in.
SELECT
    c.oid,
    c.relnamespace,
    c.relname,
    c.relkind,
    c.relpersistence,
    CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END,
    -- A foreign table has none, and the server says NOTHING there.
    CASE WHEN c.relkind = 'f' THEN 'd' ELSE c.relreplident END,
    NULLIF(c.relrowsecurity, false),
    NULLIF(c.relforcerowsecurity, false),
    pg_get_userbyid(c.relowner),
    {rows},
    c.relpages * (SELECT current_setting('block_size')::int8),
    NULLIF(c.reltoastrelid, 0),
    CASE WHEN c.relkind = 'r' AND c.relpages = 0 AND pg_stat_get_tuples_inserted(c.oid) > 0
        THEN pg_total_relation_size(c.oid) END,
    CASE WHEN c.relkind = 'r' THEN
        pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
    END,
    -- Whether pg_stats shows this role the table's columns: it wants SELECT, on the table or on each of its columns,
    -- which the owner has unless something was granted or revoked (the server looks that up faster than the privilege),
    (c.relacl IS NULL AND pg_has_role(c.relowner, 'USAGE')) OR has_table_privilege(c.oid, 'SELECT') OR NOT EXISTS (
        SELECT FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
    ),
    -- and no row security in between.
    NULLIF(c.relrowsecurity AND row_security_active(c.oid), false)
FROM pg_class AS c
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
