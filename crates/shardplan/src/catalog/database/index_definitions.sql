-- The text of the indexes ($1) that numbers do not tell all about: the whole statement, and each key position alone.
SELECT
    i.indexrelid,
    pg_get_indexdef(i.indexrelid),
    ARRAY(
        SELECT pg_get_indexdef(i.indexrelid, position, false)
        FROM generate_series(1, i.indnkeyatts) AS position
        ORDER BY position
    )
FROM pg_index AS i
WHERE i.indexrelid = ANY ($1::oid[])
ORDER BY i.indexrelid
