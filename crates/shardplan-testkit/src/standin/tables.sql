-- What a table is to the cluster, and whether it can be placed at all, its foreign keys apart.

CREATE FUNCTION pg_standin.bare(relid oid) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT relname::text FROM pg_class WHERE oid = relid $$;

CREATE FUNCTION pg_standin.qualified(relid oid) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = relid $$;

CREATE FUNCTION pg_standin.setting(name text, otherwise text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('citus.' || name, true), ''), otherwise) $$;

CREATE FUNCTION pg_standin.converts() RETURNS boolean LANGUAGE sql STABLE AS
$$
    SELECT pg_standin.setting('enable_local_reference_table_foreign_keys', 'on')::boolean
        AND EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)
$$;

CREATE FUNCTION pg_standin.standing(relid oid) RETURNS text LANGUAGE sql STABLE AS
$$
    SELECT coalesce(
        (SELECT CASE WHEN partmethod = 'h' THEN 'distributed' WHEN repmodel = 't' THEN 'reference' ELSE 'citus local' END
         FROM pg_dist_partition WHERE logicalrelid = relid),
        'regular')
$$;

-- The table and its partitions on all levels.
CREATE FUNCTION pg_standin.family(relid oid) RETURNS SETOF oid LANGUAGE sql STABLE AS
$$
    WITH RECURSIVE family AS (
        SELECT relid AS member
        UNION ALL
        SELECT i.inhrelid FROM family AS f
        JOIN pg_inherits AS i ON i.inhparent = f.member
        JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
    )
    SELECT member FROM family
$$;

-- Columns that take their numbers from a sequence by default.
CREATE VIEW pg_standin.sequence_use AS
SELECT a.attrelid AS relid, a.attnum, a.atttypid, s.oid AS sequence
FROM pg_attrdef AS f
JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
JOIN pg_class AS s ON s.oid = d.refobjid AND s.relkind = 'S';

CREATE FUNCTION pg_standin.has_rows(relid oid) RETURNS boolean LANGUAGE plpgsql AS
$$
DECLARE
    found_one boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', pg_standin.qualified(relid)) INTO found_one;
    RETURN found_one;
END
$$;

CREATE FUNCTION pg_standin.demand_owner(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    caller name := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
    IF NOT pg_has_role(caller, (SELECT relowner FROM pg_class WHERE oid = relid), 'USAGE') THEN
        PERFORM pg_standin.refuse('owner', pg_standin.bare(relid));
    END IF;
END
$$;

CREATE FUNCTION pg_standin.demand_kind(relid oid, multi_level text DEFAULT 'multi-level') RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    c pg_class;
    parent oid;
BEGIN
    SELECT * INTO STRICT c FROM pg_class WHERE oid = relid;
    parent := (SELECT inhparent FROM pg_inherits WHERE inhrelid = relid LIMIT 1);
    IF pg_standin.standing(relid) IN ('reference', 'distributed') THEN
        PERFORM pg_standin.refuse('already', c.relname);
    ELSIF c.relispartition THEN
        PERFORM pg_standin.refuse('partition', c.relname, pg_standin.bare(parent));
    ELSIF c.relpersistence = 't' THEN
        PERFORM pg_standin.refuse('temporary');
    ELSIF c.relkind = 'f' THEN
        PERFORM pg_standin.refuse('foreign', c.relname, pg_standin.qualified(relid));
    ELSIF c.relkind NOT IN ('r', 'p') OR parent IS NOT NULL
        OR c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = relid) THEN
        PERFORM pg_standin.refuse('kind', c.relname);
    END IF;
    PERFORM pg_standin.refuse(multi_level, p.relname, c.relname)
    FROM pg_standin.family(relid) AS member JOIN pg_class AS p ON p.oid = member
    WHERE p.relkind = 'p' AND p.oid <> relid;
END
$$;

CREATE FUNCTION pg_standin.demand_no_triggers(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    IF pg_standin.setting('enable_unsafe_triggers', 'off')::boolean THEN
        RETURN;
    END IF;
    PERFORM pg_standin.refuse('trigger', pg_standin.bare(member))
    FROM pg_standin.family(relid) AS member
    WHERE EXISTS (SELECT FROM pg_trigger WHERE tgrelid = member AND NOT tgisinternal);
END
$$;

CREATE FUNCTION pg_standin.demand_policies(relid oid, otherwise text DEFAULT 'policy') RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse(otherwise) FROM pg_policy
    WHERE polrelid = relid AND (coalesce(polqual::text, '') || coalesce(polwithcheck::text, '')) LIKE '%{SUBLINK %'
$$;

-- The nodes must know the types of all columns; those of rows come with their tables.
CREATE FUNCTION pg_standin.demand_row_types(relid oid) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse('row-type', pg_standin.qualified(relid), pg_standin.qualified(held.oid))
    FROM pg_attribute AS a
    JOIN pg_type AS t ON t.oid = a.atttypid
    JOIN pg_class AS held ON held.reltype = CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN t.typelem ELSE t.oid END
    WHERE a.attrelid = relid AND a.attnum > 0 AND NOT a.attisdropped AND held.relkind IN ('r', 'p') AND held.oid <> relid
        AND pg_standin.standing(held.oid) = 'regular'
$$;

-- The number of the column by that name, if the table can be distributed by it. The name is taken as it is written.
CREATE FUNCTION pg_standin.demand_column(relid oid, name text) RETURNS smallint LANGUAGE plpgsql AS
$$
DECLARE
    a pg_attribute;
    of_table text := pg_standin.bare(relid);
BEGIN
    SELECT * INTO a FROM pg_attribute WHERE attrelid = relid AND attname = name AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        PERFORM pg_standin.refuse('column', of_table, name);
    ELSIF a.attgenerated <> '' THEN
        PERFORM pg_standin.refuse('generated', of_table);
    ELSIF a.atttypid = 'numeric'::regtype AND a.atttypmod >= 0 AND ((a.atttypmod - 4) & 2047) > 1000 THEN
        PERFORM pg_standin.refuse('scale', of_table);
    ELSIF EXISTS (SELECT FROM pg_collation AS c WHERE c.oid = a.attcollation AND NOT c.collisdeterministic) THEN
        PERFORM pg_standin.refuse('nondeterministic');
    ELSIF NOT pg_standin.is_hashable(a.atttypid) THEN
        PERFORM pg_standin.refuse('not-hashable', format_type(a.atttypid, NULL));
    END IF;
    RETURN a.attnum;
END
$$;

-- Whether the type, or one that it is a kind of, has a default operator class for hashing.
CREATE FUNCTION pg_standin.is_hashable(of_type oid) RETURNS boolean LANGUAGE sql STABLE AS
$$
    WITH RECURSIVE base AS (
        SELECT t.* FROM pg_type AS t WHERE t.oid = of_type
        UNION ALL
        SELECT t.* FROM base AS b JOIN pg_type AS t ON t.oid = b.typbasetype WHERE b.typtype = 'd'
    )
    SELECT EXISTS (
        SELECT FROM base AS b
        JOIN pg_opclass AS o ON o.opcdefault AND o.opcmethod = (SELECT oid FROM pg_am WHERE amname = 'hash')
        WHERE o.opcintype = b.oid
            OR o.opcintype = 'anyarray'::regtype AND b.typelem <> 0 AND b.typlen = -1
            OR o.opcintype = 'anyenum'::regtype AND b.typtype = 'e'
            OR o.opcintype = 'anyrange'::regtype AND b.typtype = 'r'
            OR o.opcintype = 'record'::regtype AND b.typtype = 'c'
            OR o.opcintype::regtype::text = 'anymultirange' AND b.typtype = 'm'
            OR b.oid = 'varchar'::regtype
    )
$$;

-- Every key, unique index and exclusion constraint of the family has the distribution column; a constraint may have it in INCLUDE.
CREATE FUNCTION pg_standin.demand_keys(relid oid, name text) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse('key', pg_standin.bare(member))
    FROM pg_standin.family(relid) AS member
    JOIN pg_index AS i ON i.indrelid = member AND (i.indisunique OR i.indisexclusion)
    LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x')
    JOIN pg_attribute AS a ON a.attrelid = member AND a.attname = name
    WHERE CASE WHEN i.indisexclusion THEN NOT EXISTS (
        SELECT FROM unnest(c.conkey, c.conexclop) AS part (attnum, operator) JOIN pg_operator AS o ON o.oid = part.operator
        WHERE part.attnum = a.attnum AND o.oprname = '=')
    ELSE a.attnum <> ALL (i.indkey::smallint[]) END
$$;
