-- Defaults of columns, and the expressions of generated ones. Only the latter name columns; without a table to look them up
-- in, the server need not open it, which takes most of the time.
SELECT d.adrelid, d.adnum, pg_get_expr(d.adbin, CASE WHEN {generated} = '' THEN 0::oid ELSE d.adrelid END)
FROM pg_attrdef AS d
    JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_class AS c ON c.oid = d.adrelid
    JOIN {user_schemas} AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f')
ORDER BY d.adrelid, d.adnum
