-- Indexes of tables and materialized views, those behind constraints included.
SELECT
    i.indexrelid,
    i.indrelid,
    c.relname,
    m.amname,
    i.indisunique,
    i.indisvalid,
    i.indisclustered,
    i.indisreplident,
    {nulls_not_distinct},
    i.indnkeyatts,
    i.indkey,
    i.indclass,
    i.indcollation,
    i.indoption,
    CASE WHEN i.indpred IS NOT NULL THEN pg_get_expr(i.indpred, i.indrelid) END,
    -- The index of the partitioned table that it is attached to.
    p.relname
FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_am AS m ON m.oid = c.relam
    LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
    LEFT JOIN pg_class AS p ON p.oid = h.inhparent
WHERE c.relnamespace = ANY ({user_schemas})
