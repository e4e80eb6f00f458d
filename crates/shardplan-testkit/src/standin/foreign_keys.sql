-- Which foreign keys the cluster lets stand, and which it watches.

-- The foreign keys that somebody has written: not those that partitions have from their tables.
CREATE VIEW pg_standin.foreign_key AS
SELECT c.oid, c.conname, c.conrelid, c.confrelid, c.conkey, c.confkey, c.confdeltype, c.confupdtype, c.convalidated,
    ARRAY(SELECT jsonb_array_elements_text(nullif(to_jsonb(c) -> 'confdelsetcols', 'null'))::smallint) AS set_columns
FROM pg_constraint AS c
WHERE c.contype = 'f' AND c.conparentid = 0;

CREATE FUNCTION pg_standin.key_column(relid oid) RETURNS smallint LANGUAGE sql STABLE AS
$$ SELECT partkey::smallint FROM pg_dist_partition WHERE logicalrelid = relid $$;

CREATE FUNCTION pg_standin.group_of(relid oid) RETURNS int LANGUAGE sql STABLE AS
$$ SELECT colocationid FROM pg_dist_partition WHERE logicalrelid = relid $$;

-- SET DEFAULT from a sequence.
CREATE FUNCTION pg_standin.demand_defaults(it pg_standin.foreign_key) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse('default-from-sequence') FROM pg_attrdef AS d
    WHERE 'd' IN (it.confdeltype, it.confupdtype) AND d.adrelid = it.conrelid
        AND d.adnum = ANY (CASE cardinality(it.set_columns) WHEN 0 THEN it.conkey ELSE it.set_columns END)
        AND pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%'
$$;

-- The actions of a foreign key with the distribution column.
CREATE FUNCTION pg_standin.demand_actions(it pg_standin.foreign_key) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    IF it.confdeltype IN ('n', 'd') THEN
        PERFORM pg_standin.refuse('on-delete');
    ELSIF it.confupdtype IN ('c', 'n', 'd') THEN
        PERFORM pg_standin.refuse('on-update');
    END IF;
END
$$;

CREATE FUNCTION pg_standin.demand_between_distributed(it pg_standin.foreign_key) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    IF pg_standin.group_of(it.conrelid) <> pg_standin.group_of(it.confrelid) THEN
        PERFORM pg_standin.refuse('not-colocated');
    ELSIF NOT EXISTS (
        SELECT FROM unnest(it.conkey, it.confkey) AS pair (own, other)
        WHERE own = pg_standin.key_column(it.conrelid) AND other = pg_standin.key_column(it.confrelid)) THEN
        PERFORM pg_standin.refuse('not-aligned');
    END IF;
    PERFORM pg_standin.demand_defaults(it);
    PERFORM pg_standin.demand_actions(it);
END
$$;

-- A foreign key whose tables are what they are now.
CREATE FUNCTION pg_standin.demand_foreign_key(it pg_standin.foreign_key) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    here text := pg_standin.standing(it.conrelid);
    there text := pg_standin.standing(it.confrelid);
    other text := pg_standin.bare(it.confrelid);
BEGIN
    IF here = 'regular' THEN
        RETURN;
    ELSIF here = 'distributed' THEN
        IF pg_standin.setting('shard_replication_factor', '1') <> '1' THEN
            PERFORM pg_standin.refuse('replication-factor');
        END IF;
        CASE there
            WHEN 'regular' THEN PERFORM pg_standin.refuse('references-plain', other);
            WHEN 'citus local' THEN PERFORM pg_standin.refuse('not-colocated');
            WHEN 'reference' THEN
                PERFORM pg_standin.demand_defaults(it);
                IF pg_standin.key_column(it.conrelid) = ANY (it.conkey) THEN
                    PERFORM pg_standin.demand_actions(it);
                END IF;
            ELSE PERFORM pg_standin.demand_between_distributed(it);
        END CASE;
    ELSIF there = 'distributed' THEN
        PERFORM pg_standin.refuse('to-distributed');
    ELSIF here = 'reference' AND there <> 'reference' THEN
        IF there = 'regular' AND NOT pg_standin.converts() THEN
            PERFORM pg_standin.refuse('references-plain', other);
        ELSIF it.confdeltype NOT IN ('a', 'r') OR it.confupdtype NOT IN ('a', 'r') THEN
            PERFORM pg_standin.refuse('action-to-local', other);
        END IF;
    END IF;
END
$$;

-- All foreign keys of a family: first its own, then those that reference it.
CREATE FUNCTION pg_standin.demand_foreign_keys(relid oid) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.demand_foreign_key(k) FROM pg_standin.foreign_key AS k
    WHERE k.conrelid IN (SELECT pg_standin.family(relid)) ORDER BY k.conname;
    SELECT pg_standin.demand_foreign_key(k) FROM pg_standin.foreign_key AS k
    WHERE k.confrelid IN (SELECT pg_standin.family(relid)) ORDER BY k.conname
$$;

-- Where partitions are attached on the workers, PostgreSQL looks whether the foreign keys of their table hold, by a query that
-- is not planned when the key is compared as another type than its own.
CREATE FUNCTION pg_standin.demand_planned_checks(relid oid) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse('check-not-planned')
    FROM pg_standin.foreign_key AS k
    JOIN pg_class AS c ON c.oid = k.conrelid AND c.relkind = 'p'
    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = pg_standin.key_column(k.conrelid)
    JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE k.conrelid = relid AND k.convalidated AND pg_standin.standing(k.confrelid) = 'distributed'
        AND (t.typtype = 'd' OR t.oid = 'varchar'::regtype)
        AND EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = relid)
$$;

-- What the concurrent function refuses before it has done anything.
CREATE FUNCTION pg_standin.demand_no_foreign_keys(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    family oid[] := ARRAY(SELECT pg_standin.family(relid));
BEGIN
    PERFORM pg_standin.refuse('concurrent-referenced', pg_standin.bare(confrelid), pg_standin.bare(conrelid),
        pg_standin.standing(conrelid))
    FROM pg_standin.foreign_key WHERE confrelid = ANY (family) AND conrelid <> ALL (family);
    PERFORM pg_standin.refuse('concurrent-references-plain', pg_standin.bare(confrelid), pg_standin.bare(conrelid))
    FROM pg_standin.foreign_key
    WHERE conrelid = ANY (family) AND confrelid <> ALL (family) AND pg_standin.standing(confrelid) = 'regular';
    -- Its first step makes a local table of the cluster, which has no foreign keys to others unless it is one already.
    PERFORM pg_standin.refuse('foreign-key-remains', pg_standin.qualified(relid))
    FROM pg_standin.foreign_key
    WHERE conrelid = ANY (family) AND confrelid <> ALL (family) AND pg_standin.standing(confrelid) <> 'citus local'
        AND NOT (pg_standin.standing(confrelid) = 'reference' AND pg_standin.standing(relid) = 'citus local');
END
$$;

-- The tables that foreign keys connect to these, over plain tables.
CREATE FUNCTION pg_standin.connected(relids oid[], only_plain boolean) RETURNS oid[] LANGUAGE plpgsql AS
$$
DECLARE
    found_all oid[] := relids;
    waiting oid[] := relids;
    next oid;
BEGIN
    WHILE cardinality(waiting) > 0 LOOP
        FOR next IN
            SELECT DISTINCT other
            FROM pg_standin.foreign_key AS k
            CROSS JOIN LATERAL (VALUES (k.conrelid, k.confrelid), (k.confrelid, k.conrelid)) AS edge (one, other)
            WHERE one = waiting[1] AND other <> ALL (found_all)
                AND (NOT only_plain OR pg_standin.standing(other) IN ('regular', 'distributed'))
        LOOP
            IF only_plain AND pg_standin.standing(next) = 'distributed' THEN
                PERFORM pg_standin.refuse('to-distributed-by-conversion');
            END IF;
            found_all := found_all || next;
            waiting := waiting || next;
        END LOOP;
        waiting := waiting[2:];
    END LOOP;
    RETURN found_all;
END
$$;

-- A plain table that references rows on shards: its own rows are checked, and what happens to the referenced ones is not.
-- PostgreSQL's triggers for that are switched off meanwhile.
CREATE FUNCTION pg_standin.watch() RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    changed oid[];
BEGIN
    WITH RECURSIVE made AS (
        SELECT k.oid, CASE WHEN pg_standin.standing(k.conrelid) = 'regular'
            AND pg_standin.standing(k.confrelid) IN ('distributed', 'reference') THEN 'D' ELSE 'O' END AS wanted
        FROM pg_standin.foreign_key AS k
        UNION ALL
        SELECT c.oid, m.wanted FROM made AS m JOIN pg_constraint AS c ON c.conparentid = m.oid AND c.contype = 'f'
    ), switched AS (
        UPDATE pg_trigger AS t SET tgenabled = m.wanted::"char"
        FROM made AS m
        WHERE t.tgconstraint = m.oid AND t.tgfoid::regproc::text !~ 'RI_FKey_check_' AND t.tgenabled <> m.wanted::"char"
        RETURNING t.tgrelid
    )
    SELECT array_agg(tgrelid) INTO changed FROM switched;
    -- So that every session reads the triggers anew.
    UPDATE pg_class SET relhastriggers = true WHERE oid = ANY (changed);
END
$$;
