-- Indexes of tables and materialized views, those behind constraints included. Vectors are quicker to print than to send in
-- binary form.
SELECT
    i.indexrelid,
    i.indrelid,
    c.relname,
    c.relpages * (SELECT current_setting('block_size')::int8),
    m.amname,
    i.indisunique,
    NULLIF(i.indisvalid, true),
    NULLIF(i.indisclustered, false),
    NULLIF(i.indisreplident, false),
    NULLIF({nulls_not_distinct}, false),
    i.indnkeyatts,
    i.indkey::text,
    i.indclass::text,
    i.indcollation::text,
    i.indoption::text,
    CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END,
    -- The index of the partitioned table that it is attached to.
    p.relname
FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = c.relam
    LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
    LEFT JOIN pg_class AS p ON p.oid = h.inhparent
WHERE c.relnamespace = ANY ({user_schemas})
