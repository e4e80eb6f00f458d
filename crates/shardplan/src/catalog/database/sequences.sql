-- Sequences, with the column that owns them: 'a' by OWNED BY or serial, 'i' as the engine of an identity column.
SELECT c.relnamespace, c.relname, format_type(q.seqtypid, NULL), q.seqincrement, d.refobjid, d.refobjsubid, d.deptype
FROM pg_sequence AS q
    JOIN pg_class AS c ON c.oid = q.seqrelid
    LEFT JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    LEFT JOIN {members_of_class} AS member ON member.objid = c.oid
WHERE c.relnamespace = ANY ({user_schemas})
    AND member.objid IS NULL
