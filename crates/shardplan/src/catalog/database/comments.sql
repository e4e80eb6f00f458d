-- Comments on tables, columns, indexes, views and constraints of the user's: PostgreSQL's own objects have lower numbers.
SELECT d.classoid = 'pg_constraint'::regclass, d.objoid, d.objsubid, d.description
FROM pg_description AS d
WHERE d.classoid IN ('pg_class'::regclass, 'pg_constraint'::regclass)
    AND d.objoid >= 16384
