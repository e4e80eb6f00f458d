-- Statements on tables that are in the cluster: event triggers refuse what Citus refuses, once PostgreSQL has done it. What cannot
-- be seen from the outside (several subcommands in one ALTER TABLE, say) passes.

-- What no statement may change, for each table of the cluster.
CREATE VIEW pg_standin.fact AS
SELECT a.attrelid AS relid, 'alter' AS refusal, 'column ' || a.attnum AS about,
    concat_ws(' ', a.attstattarget, a.attstorage, a.attidentity) AS value
FROM pg_attribute AS a JOIN pg_dist_partition AS p ON p.logicalrelid = a.attrelid
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT i.indrelid, 'alter', 'index ' || i.indexrelid, i.indisclustered::text
FROM pg_index AS i JOIN pg_dist_partition AS p ON p.logicalrelid = i.indrelid
UNION ALL
SELECT c.oid, 'alter', 'table', c.reltablespace::text FROM pg_class AS c JOIN pg_dist_partition AS p ON p.logicalrelid = c.oid
UNION ALL
SELECT c.conrelid, 'alter', 'timing ' || c.oid, concat_ws(' ', c.condeferrable, c.condeferred)
FROM pg_constraint AS c JOIN pg_dist_partition AS p ON p.logicalrelid = c.conrelid
UNION ALL
SELECT c.conrelid, 'rename-constraint', 'constraint ' || c.oid, c.conname
FROM pg_constraint AS c JOIN pg_dist_partition AS p ON p.logicalrelid = c.conrelid
UNION ALL
SELECT k.conrelid, 'check-not-planned', 'foreign key ' || k.oid, k.convalidated::text
FROM pg_standin.foreign_key AS k
WHERE pg_standin.is_compared_as_another(k.conrelid) AND pg_standin.standing(k.confrelid) = 'distributed'
UNION ALL
SELECT a.attrelid, 'key-column', 'type', format_type(a.atttypid, a.atttypmod)
FROM pg_attribute AS a JOIN pg_dist_partition AS p ON p.logicalrelid = a.attrelid AND p.partkey::smallint = a.attnum
WHERE NOT a.attisdropped
UNION ALL
SELECT a.attrelid, 'key-column', 'null', 'refused'
FROM pg_attribute AS a JOIN pg_dist_partition AS p ON p.logicalrelid = a.attrelid AND p.partkey::smallint = a.attnum
WHERE a.attnotnull
UNION ALL
SELECT p.logicalrelid, 'triggers', 'triggers',
    (SELECT string_agg(concat_ws(' ', t.tgname, t.tgenabled), ',' ORDER BY t.tgname) FROM pg_trigger AS t
     WHERE t.tgrelid = p.logicalrelid AND NOT t.tgisinternal)
FROM pg_dist_partition AS p
WHERE p.repmodel <> 's' OR p.partmethod = 'h'
UNION ALL
SELECT d.refobjid, 'alter-owned-sequence', 'sequence ' || d.objid, 'owned'
FROM pg_depend AS d JOIN pg_dist_partition AS p ON p.logicalrelid = d.refobjid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'a'
    AND (SELECT relkind FROM pg_class WHERE oid = d.objid) = 'S';

-- The facts after the last statement.
CREATE TABLE pg_standin.known AS SELECT * FROM pg_standin.fact;
INSERT INTO pg_standin.known SELECT oid, 'alter', 'table', '' FROM pg_class LIMIT 20;
ANALYZE pg_standin.known;
DELETE FROM pg_standin.known;

-- Takes what is so now for what was so before the next statement.
CREATE FUNCTION pg_standin.remember() RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM pg_standin.watch();
    DELETE FROM pg_standin.known AS k
    USING (TABLE pg_standin.known EXCEPT TABLE pg_standin.fact) AS gone
    WHERE (k.relid, k.refusal, k.about) = (gone.relid, gone.refusal, gone.about);
    INSERT INTO pg_standin.known (TABLE pg_standin.fact EXCEPT TABLE pg_standin.known);
END
$$;

-- Renaming the index of a constraint renames that too, which nobody minds.
CREATE FUNCTION pg_standin.demand_facts(of_index boolean) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    -- Both lists are long where there are many tables, and the server does not know how long: it compares them by hashing.
    PERFORM pg_standin.refuse(k.refusal, pg_standin.standing(k.relid))
    FROM (TABLE pg_standin.known EXCEPT TABLE pg_standin.fact) AS k
    JOIN pg_class AS c ON c.oid = k.relid
    LEFT JOIN pg_standin.fact AS f USING (relid, refusal, about)
    WHERE (f.relid IS NOT NULL OR k.refusal = 'key-column')
        AND NOT (k.refusal = 'rename-constraint' AND of_index)
        AND NOT (k.refusal = 'triggers' AND pg_standin.setting('enable_unsafe_triggers', 'off')::boolean);
    PERFORM pg_standin.refuse('add-identity')
    FROM pg_dist_partition AS p
    JOIN pg_attribute AS a ON a.attrelid = p.logicalrelid AND a.attidentity <> ''
    WHERE EXISTS (SELECT FROM pg_standin.known WHERE relid = a.attrelid)
        AND NOT EXISTS (SELECT FROM pg_standin.known WHERE relid = a.attrelid AND about = 'column ' || a.attnum);
END
$$;

-- A sequence that a table of the cluster owns stays with it.
CREATE FUNCTION pg_standin.demand_owners() RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse(k.refusal)
    FROM pg_standin.known AS k
    JOIN pg_class AS c ON 'sequence ' || c.oid = k.about AND c.relkind = 'S'
    WHERE k.refusal = 'alter-owned-sequence'
        AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = k.relid AND d.deptype = 'a')
$$;

-- A sequence that gives a table of the cluster its numbers may get another name or owner, nothing else.
CREATE FUNCTION pg_standin.demand_sequence(sequence oid) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse('alter-sequence')
    FROM pg_depend AS d
    LEFT JOIN pg_attrdef AS a ON d.classid = 'pg_attrdef'::regclass AND a.oid = d.objid
    JOIN pg_dist_partition AS p ON p.logicalrelid IN (a.adrelid, d.refobjid)
    WHERE sequence IN (d.objid, d.refobjid) AND current_query() !~* '\m(rename|set\s+schema|owner\s+to)\M'
$$;

-- A partition that has come to a table of the cluster is one, too.
CREATE FUNCTION pg_standin.adopt_partitions() RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    p record;
BEGIN
    FOR p IN
        SELECT i.inhrelid, d.*, column_to_column_name(d.logicalrelid, d.partkey) AS key_name
        FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relispartition AND c.relkind IN ('r', 'p')
        JOIN pg_dist_partition AS d ON d.logicalrelid = i.inhparent
        WHERE pg_standin.standing(i.inhrelid) = 'regular'
    LOOP
        PERFORM pg_standin.note(p.inhrelid, p.partmethod, p.repmodel, p.key_name, p.colocationid, p.autoconverted);
    END LOOP;
END
$$;

CREATE FUNCTION pg_standin.demand_table(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    was pg_standin.foreign_key;
BEGIN
    PERFORM pg_standin.refuse('inherits')
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid AND NOT c.relispartition
    WHERE i.inhrelid = relid AND pg_standin.standing(i.inhparent) = 'distributed';
    IF pg_standin.standing(relid) = 'distributed' THEN
        PERFORM pg_standin.demand_keys(relid, column_to_column_name(relid, pg_standin.key_column(relid)::text));
    END IF;
    PERFORM pg_standin.demand_foreign_keys(relid);
    FOR was IN SELECT * FROM pg_standin.foreign_key WHERE conrelid = relid LOOP
        IF pg_standin.standing(relid) = 'regular' AND pg_standin.standing(was.confrelid) = 'reference' THEN
            PERFORM pg_standin.convert_connected(relid);
        ELSIF pg_standin.standing(relid) = 'reference' AND pg_standin.standing(was.confrelid) = 'regular' THEN
            PERFORM pg_standin.convert_connected(was.confrelid);
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION pg_standin.demand_statement(made record) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    CASE made.command_tag
        WHEN 'CREATE INDEX' THEN
            PERFORM pg_standin.refuse('index') FROM pg_index AS i
            WHERE i.indexrelid = made.objid AND i.indisunique AND pg_standin.standing(i.indrelid) = 'distributed'
                AND pg_standin.key_column(i.indrelid) <> ALL ((i.indkey::smallint[])[0:i.indnkeyatts - 1]);
        WHEN 'ALTER SEQUENCE' THEN PERFORM pg_standin.demand_sequence(made.objid);
        WHEN 'CREATE POLICY', 'ALTER POLICY' THEN
            PERFORM pg_standin.demand_policies(polrelid, 'policy-later') FROM pg_policy
            WHERE oid = made.objid AND pg_standin.standing(polrelid) <> 'regular';
        WHEN 'ALTER TABLE', 'CREATE TABLE' THEN
            IF made.object_type IN ('table', 'table column', 'table constraint') THEN
                PERFORM pg_standin.demand_table(made.objid);
            END IF;
        ELSE NULL;
    END CASE;
END
$$;

CREATE FUNCTION pg_standin.statement_ended() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$
BEGIN
    IF current_setting('pg_standin.own_work', true) = 'on' OR NOT EXISTS (SELECT FROM pg_dist_partition) THEN
        RETURN;
    END IF;
    PERFORM pg_standin.demand_owners();
    -- With propagation off, Citus looks at nothing else.
    IF pg_standin.setting('enable_ddl_propagation', 'on')::boolean THEN
        PERFORM pg_standin.demand_facts(tg_tag = 'ALTER INDEX');
        PERFORM pg_standin.adopt_partitions();
        PERFORM pg_standin.demand_statement(made) FROM pg_event_trigger_ddl_commands() AS made;
        PERFORM pg_standin.convert_back();
    END IF;
    PERFORM pg_standin.remember();
END
$$;

-- What is gone is no longer in the cluster.
CREATE FUNCTION pg_standin.dropped() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
$$
BEGIN
    DELETE FROM pg_dist_shard WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = logicalrelid);
    DELETE FROM pg_dist_partition WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = logicalrelid);
    DELETE FROM pg_standin.shell WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = relid);
    DELETE FROM pg_dist_colocation AS g
    WHERE distributioncolumntype <> 0 AND NOT EXISTS (SELECT FROM pg_dist_partition AS p WHERE p.colocationid = g.colocationid);
END
$$;

CREATE EVENT TRIGGER standin_drop ON sql_drop EXECUTE FUNCTION pg_standin.dropped();
CREATE EVENT TRIGGER standin_end ON ddl_command_end
WHEN TAG IN (
    'ALTER INDEX', 'ALTER POLICY', 'ALTER SEQUENCE', 'ALTER TABLE', 'ALTER TRIGGER', 'CREATE INDEX', 'CREATE POLICY', 'CREATE SCHEMA',
    'CREATE TABLE', 'CREATE TRIGGER', 'DROP SCHEMA', 'DROP TABLE', 'DROP TRIGGER')
EXECUTE FUNCTION pg_standin.statement_ended();
