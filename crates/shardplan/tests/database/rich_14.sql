-- PostgreSQL 14: SQL-standard function bodies.
CREATE FUNCTION public.twice(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC
    SELECT a * 2;
END;
