-- Publications with the tables and schemas that they name.
SELECT
    p.pubname,
    p.puballtables,
    ARRAY(SELECT r.prrelid FROM pg_publication_rel AS r WHERE r.prpubid = p.oid ORDER BY r.prrelid),
    {published_schemas}
FROM pg_publication AS p
ORDER BY p.oid
