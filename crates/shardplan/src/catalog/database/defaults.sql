-- Defaults of columns, and the expressions of generated ones.
SELECT d.adrelid, d.adnum, pg_get_expr(d.adbin, d.adrelid)
FROM pg_attrdef AS d
    JOIN pg_class AS c ON c.oid = d.adrelid
    JOIN {user_schemas} AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f')
ORDER BY d.adrelid, d.adnum
