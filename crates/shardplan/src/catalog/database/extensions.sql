-- Extensions that somebody installed; those that every database is born with have lower numbers, and no dump has them.
SELECT e.extname, e.extversion
FROM pg_extension AS e
WHERE e.oid >= 16384
ORDER BY e.oid
