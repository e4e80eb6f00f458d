-- The bytes of TOAST tables and of their indexes, each under the number of the TOAST table; see relations.sql.
SELECT COALESCE(i.indrelid, t.oid), t.relpages * (SELECT current_setting('block_size')::int8)
FROM pg_class AS t
    LEFT JOIN pg_index AS i ON i.indexrelid = t.oid
WHERE t.relnamespace = 'pg_toast'::regnamespace
    AND t.relpages > 0
