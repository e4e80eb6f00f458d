-- The operator classes that are the default of their type.
SELECT o.oid, o.opcintype
FROM pg_opclass AS o
WHERE o.opcdefault
ORDER BY o.oid
