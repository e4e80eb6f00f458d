-- Who inherits from whom, in the order of the INHERITS list: tables from tables, partitions from partitioned tables.
SELECT i.inhrelid, i.inhparent
FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE c.relkind IN ('r', 'p', 'f')
ORDER BY i.inhrelid, i.inhseqno
