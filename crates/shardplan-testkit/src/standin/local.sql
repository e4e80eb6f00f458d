-- Local tables of the cluster: plain tables that foreign keys connect to a reference table, and those that the concurrent function
-- makes on its way.

-- The partitions are attached on the shard, where a check of the table has another name than theirs, and their indexes by commands
-- between dollars.
CREATE FUNCTION pg_standin.demand_attachable(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits JOIN pg_class ON oid = inhparent AND relkind = 'p' WHERE inhparent = relid) THEN
        RETURN;
    END IF;
    PERFORM pg_standin.refuse('check-of-partitioned', conname || '_100000') FROM pg_constraint
    WHERE conrelid = relid AND contype = 'c' ORDER BY conname LIMIT 1;
    PERFORM pg_standin.refuse('dollars-in-partitioned', '_100000')
    FROM pg_index AS own
    JOIN pg_inherits ON inhparent = own.indexrelid
    JOIN pg_index AS part ON part.indexrelid = inhrelid
    JOIN pg_class AS c ON c.oid IN (own.indexrelid, part.indexrelid, part.indrelid)
    WHERE own.indrelid = relid AND position('$' || '$' IN c.relnamespace::regnamespace || c.relname) > 0;
END
$$;

CREATE FUNCTION pg_standin.convert(relid oid, automatically boolean) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    PERFORM pg_standin.demand_attachable(relid);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', pg_standin.qualified(relid));
    PERFORM pg_standin.own_work(true);
    PERFORM pg_standin.remake(relid);
    PERFORM pg_standin.own_work(false);
    PERFORM pg_standin.note(relid, 'n', 's', NULL, 0, automatically);
END
$$;

-- The plain tables next to a reference table, or one of them alone, and all plain tables that are connected to them.
CREATE FUNCTION pg_standin.convert_connected(first oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    next oid;
BEGIN
    IF NOT pg_standin.converts() THEN
        RETURN;
    END IF;
    FOREACH next IN ARRAY pg_standin.connected(ARRAY[first], true) LOOP
        IF pg_standin.standing(next) = 'regular' THEN
            PERFORM pg_standin.convert(next, true);
        END IF;
    END LOOP;
END
$$;

-- Local tables of the cluster that no foreign key connects to a reference table any more become plain tables again.
CREATE FUNCTION pg_standin.convert_back() RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    converted oid;
BEGIN
    FOR converted IN SELECT logicalrelid FROM pg_dist_partition WHERE autoconverted ORDER BY 1 LOOP
        IF NOT EXISTS (SELECT FROM unnest(pg_standin.connected(ARRAY[converted], false)) AS other
            WHERE pg_standin.standing(other) = 'reference') THEN
            PERFORM pg_standin.demand_no_identity(converted);
            PERFORM pg_standin.take_out(converted);
        END IF;
    END LOOP;
END
$$;

-- Takes a table out of the cluster, which makes it anew.
CREATE FUNCTION pg_standin.take_out(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', pg_standin.qualified(relid));
    PERFORM pg_standin.own_work(true);
    PERFORM pg_standin.drop_users_of_rows(relid);
    PERFORM pg_standin.remake(relid, true);
    PERFORM pg_standin.own_work(false);
    DELETE FROM pg_dist_shard WHERE logicalrelid IN (SELECT pg_standin.family(relid));
    DELETE FROM pg_dist_partition WHERE logicalrelid IN (SELECT pg_standin.family(relid));
    DELETE FROM pg_standin.shell WHERE shell.relid IN (SELECT pg_standin.family(take_out.relid));
END
$$;

CREATE FUNCTION pg_catalog.citus_add_local_table_to_metadata(table_name regclass, cascade_via_foreign_keys boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$
DECLARE
    next oid;
BEGIN
    PERFORM pg_standin.demand_owner(table_name);
    IF NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0) THEN
        PERFORM pg_standin.refuse('coordinator');
    END IF;
    PERFORM pg_standin.refuse('partition-alone', pg_standin.bare(i.inhrelid), pg_standin.bare(i.inhparent))
    FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relispartition WHERE i.inhrelid = table_name;
    PERFORM pg_standin.demand_kind(table_name, 'multi-level-local');
    PERFORM pg_standin.refuse('foreign-key-remains', pg_standin.qualified(table_name))
    FROM pg_standin.foreign_key
    WHERE table_name IN (conrelid, confrelid) AND conrelid <> confrelid AND NOT cascade_via_foreign_keys;
    FOREACH next IN ARRAY pg_standin.connected(ARRAY[table_name::oid], true) LOOP
        PERFORM pg_standin.convert(next, false);
    END LOOP;
    PERFORM pg_standin.remember();
END
$$;

-- Whether statements before this one belong to the same transaction, or may do so.
CREATE FUNCTION pg_standin.in_transaction() RETURNS boolean LANGUAGE sql STABLE AS
$$
    SELECT statement_timestamp() <> transaction_timestamp()
        OR regexp_replace(current_query(), '''([^'']|'''')*''|"([^"]|"")*"', '', 'g') ~ ';\s*\S' AND current_query() !~* '^\s*do\M'
$$;

-- The conversion at the start of the concurrent function, which commits whatever becomes of the rest. The caller's lock_timeout
-- does not reach it.
CREATE FUNCTION pg_standin.convert_and_commit(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    here text := format('host=%s port=%s user=%s dbname=''%s''', split_part(current_setting('unix_socket_directories'), ',', 1),
        current_setting('port'), (SELECT rolname FROM pg_roles WHERE oid = 10),
        replace(replace(current_database(), '\', '\\'), '''', '\'''));
BEGIN
    PERFORM pg_standin.dblink_exec(here, format('DO $do$ BEGIN PERFORM pg_standin.convert(%s, false); PERFORM pg_standin.remember(); END $do$', relid));
END
$$;

CREATE FUNCTION pg_standin.demand_server() RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    targets bigint := (SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards);
BEGIN
    IF current_setting('wal_level') <> 'logical' THEN
        PERFORM pg_standin.refuse('wal-level');
    ELSIF current_setting('output_plugin_libraries', true) !~ '\mcitus\M' THEN
        PERFORM pg_standin.refuse('output-plugin');
    ELSIF current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) < targets THEN
        PERFORM pg_standin.refuse('slots');
    END IF;
END
$$;

CREATE FUNCTION pg_catalog.create_distributed_table_concurrently(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default',
    shard_count int DEFAULT NULL
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$
DECLARE
    key smallint;
    in_group int;
    member oid;
BEGIN
    IF pg_standin.in_transaction() THEN
        PERFORM pg_standin.refuse('in-transaction');
    ELSIF NOT pg_try_advisory_xact_lock(hashtext('pg_standin.concurrently')) THEN
        PERFORM pg_standin.refuse('another');
    ELSIF NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0) THEN
        PERFORM pg_standin.refuse('coordinator');
    END IF;
    PERFORM pg_standin.demand_owner(table_name);
    PERFORM pg_standin.demand_kind(table_name, 'multi-level-local');
    PERFORM pg_standin.demand_policies(table_name);
    PERFORM pg_standin.demand_row_types(table_name);
    PERFORM pg_standin.settle_sequences(table_name);
    key := pg_standin.demand_column(table_name, distribution_column);
    in_group := pg_standin.find_group(table_name, key, colocate_with, shard_count);
    PERFORM pg_standin.demand_no_foreign_keys(table_name);
    -- Until here nothing has happened.
    IF pg_standin.standing(table_name) = 'regular' THEN
        PERFORM pg_standin.convert_and_commit(table_name);
    END IF;
    PERFORM pg_standin.demand_split(table_name, distribution_column);
    FOR member IN SELECT pg_standin.family(table_name) LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', pg_standin.qualified(member));
        PERFORM pg_standin.demand_rows(member, distribution_column, 'null-concurrent', false);
    END LOOP;
    PERFORM pg_standin.own_work(true);
    PERFORM pg_standin.drop_users_of_rows(relid) FROM pg_standin.family(table_name) AS relid;
    PERFORM pg_standin.own_work(false);
    PERFORM pg_standin.note(table_name, 'h', 's', distribution_column, in_group);
    PERFORM pg_standin.remember();
END
$$;

-- What stops the second half of the concurrent function.
CREATE FUNCTION pg_standin.demand_split(relid oid, key_name text) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    c pg_class;
BEGIN
    SELECT * INTO STRICT c FROM pg_class WHERE oid = relid;
    PERFORM pg_standin.demand_no_triggers(relid);
    PERFORM pg_standin.refuse('not-colocated') FROM pg_standin.foreign_key
    WHERE conrelid = relid AND (confrelid = relid OR pg_standin.standing(confrelid) <> 'reference');
    PERFORM pg_standin.demand_keys(relid, key_name);
    PERFORM pg_standin.demand_server();
    IF c.relpersistence = 'u' THEN
        PERFORM pg_standin.refuse('unlogged',
            c.relname || '_' || (SELECT min(shardid) FROM pg_dist_shard WHERE logicalrelid = relid));
    ELSIF c.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = relid) THEN
        PERFORM pg_standin.refuse('no-partitions');
    END IF;
END
$$;
