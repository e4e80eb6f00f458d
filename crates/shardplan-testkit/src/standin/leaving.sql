-- The functions that take what is left of a table's rows, or the table, out of the cluster.

-- The rows from before go, in all tables that the truncation cascades to. A plain table among them has no other copy of its rows,
-- and only those that reference the table itself are noticed.
CREATE FUNCTION pg_catalog.truncate_local_data_after_distributing_table(function_name regclass)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$
DECLARE
    reached oid[];
    lost text;
BEGIN
    IF pg_standin.standing(function_name) = 'regular' THEN
        PERFORM pg_standin.refuse('nothing-to-truncate');
    END IF;
    PERFORM pg_standin.demand_owner(function_name);
    PERFORM pg_standin.refuse('truncate-referenced', pg_standin.bare(conrelid), pg_standin.bare(confrelid))
    FROM pg_standin.foreign_key
    WHERE confrelid IN (SELECT pg_standin.family(function_name)) AND pg_standin.standing(conrelid) = 'regular';
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', pg_standin.qualified(function_name));
    WITH RECURSIVE cascade AS (
        SELECT function_name::oid AS relid
        UNION
        SELECT next.relid FROM cascade
        CROSS JOIN LATERAL (
            SELECT pg_standin.family(cascade.relid) AS relid
            UNION ALL
            SELECT conrelid FROM pg_standin.foreign_key WHERE confrelid = cascade.relid
        ) AS next
    )
    SELECT array_agg(relid) INTO reached FROM cascade;
    DELETE FROM pg_standin.shell WHERE relid = ANY (reached);
    SELECT 'TRUNCATE ' || string_agg(pg_standin.qualified(relid), ', ') INTO lost
    FROM unnest(reached) AS relid WHERE pg_standin.standing(relid) = 'regular';
    IF lost IS NOT NULL THEN
        EXECUTE lost;
    END IF;
END
$$;

CREATE FUNCTION pg_catalog.undistribute_table(table_name regclass, cascade_via_foreign_keys boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$
DECLARE
    taken oid[] := ARRAY[table_name::oid];
    next oid;
BEGIN
    IF pg_standin.standing(table_name) = 'regular' THEN
        PERFORM pg_standin.refuse('not-to-undistribute');
    END IF;
    PERFORM pg_standin.demand_owner(table_name);
    IF cascade_via_foreign_keys THEN
        taken := pg_standin.connected(taken, false);
    ELSE
        PERFORM pg_standin.refuse(CASE WHEN conrelid = member THEN 'has-foreign-key' ELSE 'is-referenced' END,
            pg_standin.bare(member), pg_standin.qualified(member))
        FROM pg_standin.family(table_name) AS member
        JOIN pg_standin.foreign_key ON member IN (conrelid, confrelid);
    END IF;
    FOREACH next IN ARRAY taken LOOP
        PERFORM pg_standin.demand_no_identity(next);
    END LOOP;
    FOREACH next IN ARRAY taken LOOP
        IF pg_standin.standing(next) <> 'regular' THEN
            PERFORM pg_standin.take_out(next);
        END IF;
    END LOOP;
    PERFORM pg_standin.remember();
END
$$;
