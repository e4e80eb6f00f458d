-- Tables of every kind, views and materialized views of the user's schemas, one row each, with size and activity.
-- Sizes and counters are those of the table itself: a partitioned table has none.
-- A size is the pages that the last VACUUM, ANALYZE or CREATE INDEX counted, with indexes and TOAST. To ask the server for the
-- present one it would have to lock and open each table and index, which takes longer than all else together; so that is
-- done only for tables that nobody has counted yet although rows came in.
WITH index_pages AS (
    SELECT i.indrelid, sum(x.relpages)::int8 AS pages
    FROM pg_index AS i
        JOIN pg_class AS x ON x.oid = i.indexrelid AND x.relkind = 'i'
    GROUP BY i.indrelid
)
SELECT
    c.oid,
    c.relnamespace,
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
    CASE
        WHEN c.relkind <> 'r' THEN NULL
        WHEN c.relpages = 0 AND pg_stat_get_tuples_inserted(c.oid) > 0 THEN pg_total_relation_size(c.oid)
        ELSE (c.relpages + COALESCE(own.pages, 0) + COALESCE(toast.relpages, 0) + COALESCE(toasted.pages, 0))
            * (SELECT current_setting('block_size')::int8)
    END,
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
    c.relrowsecurity AND row_security_active(c.oid)
FROM pg_class AS c
    LEFT JOIN {members_of_class} AS member ON member.objid = c.oid
    LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid AND toast.relkind = 't'
    LEFT JOIN index_pages AS own ON own.indrelid = c.oid
    LEFT JOIN index_pages AS toasted ON toasted.indrelid = toast.oid
WHERE c.relnamespace = ANY ({user_schemas})
    AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
ORDER BY c.oid
