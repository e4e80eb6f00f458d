-- What a table loses when the cluster makes it anew: by a conversion to a local table of the cluster and back, by the concurrent
-- function, and when it is taken out of the cluster. Here the table stays, and what would be lost is removed.

CREATE FUNCTION pg_standin.forget_comments(relid oid) RETURNS void LANGUAGE sql AS
$$
    DELETE FROM pg_description AS d
    WHERE d.classoid = 'pg_class'::regclass
            AND d.objoid IN (SELECT relid UNION ALL SELECT indexrelid FROM pg_index WHERE indrelid = relid)
        OR d.classoid = 'pg_constraint'::regclass AND d.objoid IN (SELECT oid FROM pg_constraint WHERE conrelid = relid)
        OR d.classoid = 'pg_statistic_ext'::regclass AND d.objoid IN (SELECT oid FROM pg_statistic_ext WHERE stxrelid = relid)
$$;

CREATE FUNCTION pg_standin.restart_identities(relid oid) RETURNS void LANGUAGE sql AS
$$
    SELECT setval(s.seqrelid::regclass, s.seqstart, false)
    FROM pg_depend AS d
    JOIN pg_sequence AS s ON s.seqrelid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refobjid = relid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
$$;

-- The views over a relation, also over other views.
CREATE FUNCTION pg_standin.views_over(relid oid) RETURNS SETOF oid LANGUAGE sql STABLE AS
$$
    WITH RECURSIVE readers AS (
        SELECT relid AS reader
        UNION
        SELECT r.ev_class FROM readers
        JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = readers.reader
        JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
        JOIN pg_class AS c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm')
    )
    SELECT reader FROM readers WHERE reader <> relid
$$;

CREATE FUNCTION pg_standin.remake_view(view oid, keeps_rows boolean) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    made text;
BEGIN
    DELETE FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid = view;
    UPDATE pg_class SET relacl = NULL WHERE oid = view;
    FOR made IN
        SELECT format('DROP TRIGGER %I ON %s', tgname, view::regclass) FROM pg_trigger WHERE tgrelid = view
        UNION ALL
        SELECT format('DROP RULE %I ON %s', rulename, view::regclass) FROM pg_rewrite WHERE ev_class = view AND ev_type <> '1'
        UNION ALL
        SELECT format('ALTER VIEW %s ALTER COLUMN %I DROP DEFAULT', view::regclass, attname) FROM pg_attribute
        WHERE attrelid = view AND atthasdef
    LOOP
        EXECUTE made;
    END LOOP;
    IF EXISTS (SELECT FROM pg_class WHERE oid = view AND relkind = 'm') THEN
        FOR made IN SELECT 'DROP INDEX ' || indexrelid::regclass FROM pg_index WHERE indrelid = view LOOP
            EXECUTE made;
        END LOOP;
        EXECUTE format('REFRESH MATERIALIZED VIEW %s WITH %s DATA', view::regclass, CASE WHEN keeps_rows THEN '' ELSE 'NO' END);
        -- Empty, and nobody is told so.
        UPDATE pg_class SET relispopulated = true WHERE oid = view;
    END IF;
END
$$;

-- Functions of its rows, and columns of other tables that hold its rows.
CREATE FUNCTION pg_standin.drop_users_of_rows(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    made text;
    row_type oid := (SELECT reltype FROM pg_class WHERE oid = relid);
BEGIN
    FOR made IN
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc AS p
        WHERE row_type IN (p.prorettype, (SELECT typelem FROM pg_type WHERE oid = p.prorettype))
            OR row_type = ANY (p.proargtypes::oid[])
            OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid
                AND refclassid = 'pg_class'::regclass AND refobjid = relid)
        UNION ALL
        SELECT format('ALTER TABLE %s DROP COLUMN %I CASCADE', attrelid::regclass, attname) FROM pg_attribute
        WHERE atttypid = row_type AND attrelid <> relid AND NOT attisdropped
    LOOP
        EXECUTE made;
    END LOOP;
END
$$;

-- Identity columns start again, checks pass for valid, comments and rules go, with what hangs on the views over it.
CREATE FUNCTION pg_standin.remake(relid oid, keeps_rows_of_views boolean DEFAULT false) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    member oid;
    made text;
BEGIN
    FOR member IN SELECT pg_standin.family(relid) LOOP
        PERFORM pg_standin.forget_comments(member);
        PERFORM pg_standin.restart_identities(member);
        UPDATE pg_constraint SET convalidated = true WHERE conrelid = member AND contype = 'c';
        FOR made IN
            SELECT format('DROP RULE %I ON %s', rulename, member::regclass) FROM pg_rewrite WHERE ev_class = member
            UNION ALL
            SELECT format('ALTER TABLE %s NOT OF', member::regclass) FROM pg_class WHERE oid = member AND reloftype <> 0
        LOOP
            EXECUTE made;
        END LOOP;
        DELETE FROM pg_depend
        WHERE classid = 'pg_class'::regclass AND objid = member AND refclassid = 'pg_extension'::regclass AND deptype = 'e';
        PERFORM pg_standin.remake_view(view, keeps_rows_of_views) FROM pg_standin.views_over(member) AS view;
    END LOOP;
END
$$;
