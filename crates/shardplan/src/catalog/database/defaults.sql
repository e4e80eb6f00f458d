-- Defaults of columns, and the expressions of generated ones. Only the latter name columns; without a table to look them up
-- in, the server need not open it, which takes most of the time. So only tables with generated columns ($1) are named.
-- Rows of what is not read, such as views, are few and left to the reader.
SELECT
    d.adrelid,
    d.adnum,
    pg_get_expr(d.adbin, CASE WHEN d.adrelid IN (SELECT unnest($1::oid[])) THEN d.adrelid ELSE 0 END)
FROM pg_attrdef AS d
