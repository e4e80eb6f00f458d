-- The functions that take tables into the cluster. Nobody's rows move: what changes is what the cluster knows about a table.

-- A statement of the stand-in itself, which the event triggers let pass.
CREATE FUNCTION pg_standin.own_work(begins boolean) RETURNS void LANGUAGE sql AS
$$ SELECT set_config('pg_standin.own_work', CASE WHEN begins THEN 'on' ELSE 'off' END, true) $$;

-- Notes what the family of a table is from now on, with its shards.
CREATE FUNCTION pg_standin.note(relid oid, method text, model text, key_name text, in_group int, converted boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    shards int := coalesce((SELECT shardcount FROM pg_dist_colocation WHERE colocationid = in_group AND method = 'h'), 1);
    width bigint := 4294967296 / shards;
BEGIN
    DELETE FROM pg_dist_shard WHERE logicalrelid IN (SELECT pg_standin.family(relid));
    DELETE FROM pg_dist_partition WHERE logicalrelid IN (SELECT pg_standin.family(relid));
    INSERT INTO pg_dist_partition
    SELECT member, method, (SELECT attnum FROM pg_attribute WHERE attrelid = member AND attname = key_name), in_group, model,
        converted
    FROM pg_standin.family(relid) AS member;
    INSERT INTO pg_dist_shard (logicalrelid, shardminvalue, shardmaxvalue)
    SELECT member, CASE method WHEN 'h' THEN (at * width - 2147483648)::text END,
        CASE WHEN method <> 'h' THEN NULL WHEN at + 1 = shards THEN '2147483647' ELSE ((at + 1) * width - 2147483649)::text END
    FROM pg_standin.family(relid) AS member CROSS JOIN generate_series(0, shards - 1) AS at;
END
$$;

-- The rows that are copied to the shards: none without its key, and all constraints are checked, also those that are NOT VALID.
CREATE FUNCTION pg_standin.demand_rows(relid oid, key_name text, of_nulls text, foreign_keys boolean)
RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    own text := pg_standin.qualified(relid);
    shard text := '_' || (SELECT min(shardid) FROM pg_dist_shard WHERE logicalrelid = relid);
    it record;
    wrong text;
BEGIN
    FOR it IN
        SELECT format('%I IS NULL', key_name) AS breaks, quote_literal('') AS told, of_nulls AS refusal, ARRAY[own] AS names
        WHERE key_name IS NOT NULL
        UNION ALL
        SELECT format('NOT (%s)', pg_get_expr(conbin, conrelid)),
            '(SELECT format(''Failing row contains (%s).'', string_agg(coalesce(value, ''null''), '', '')) FROM json_each_text(row_to_json(own)))',
            'check', ARRAY[pg_standin.bare(relid) || shard, conname]
        FROM pg_constraint WHERE conrelid = relid AND contype = 'c' AND NOT convalidated
        UNION ALL
        SELECT o.condition, o.told, 'orphan', ARRAY[pg_standin.bare(relid) || shard, k.conname || shard]
        FROM pg_standin.foreign_key AS k CROSS JOIN LATERAL pg_standin.orphan(k) AS o
        WHERE k.conrelid = relid AND foreign_keys AND pg_standin.standing(k.confrelid) <> 'regular'
    LOOP
        EXECUTE format('SELECT %s FROM %s AS own WHERE %s LIMIT 1', it.told, own, it.breaks) INTO wrong;
        IF wrong IS NOT NULL THEN
            PERFORM pg_standin.refuse(it.refusal, VARIADIC it.names || wrong);
        END IF;
    END LOOP;
END
$$;

-- The condition that a row of the referencing table, `own`, references nothing, and what is told of it.
CREATE FUNCTION pg_standin.orphan(it pg_standin.foreign_key, OUT condition text, OUT told text) LANGUAGE sql STABLE AS
$$
    SELECT format('%s AND NOT EXISTS (SELECT FROM %s AS other WHERE %s)',
            string_agg(format('own.%I IS NOT NULL', a.attname), ' AND '), pg_standin.qualified(it.confrelid),
            string_agg(format('own.%I = other.%I', a.attname, b.attname), ' AND ')),
        format('format(%L, concat_ws('', '', %s))',
            format('Key (%s)=(%%s) is not present in table "%s_%s".', string_agg(a.attname, ', '), pg_standin.bare(it.confrelid),
                (SELECT min(shardid) FROM pg_dist_shard WHERE logicalrelid = it.confrelid)),
            string_agg(format('own.%I', a.attname), ', '))
    FROM unnest(it.conkey, it.confkey) AS pair (own, other)
    JOIN pg_attribute AS a ON a.attrelid = it.conrelid AND a.attnum = pair.own
    JOIN pg_attribute AS b ON b.attrelid = it.confrelid AND b.attnum = pair.other
$$;

-- A sequence gets the type of the columns that take their numbers from it, which is the same for all of them in the cluster.
CREATE FUNCTION pg_standin.settle_sequences(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    made text;
BEGIN
    PERFORM pg_standin.refuse('sequence', u.sequence::regclass::text, other.attnum::text, pg_standin.qualified(other.relid))
    FROM pg_standin.sequence_use AS u
    JOIN pg_standin.sequence_use AS other ON other.sequence = u.sequence AND other.atttypid <> u.atttypid
    WHERE u.relid = settle_sequences.relid
        AND (other.relid = u.relid OR pg_standin.standing(other.relid) <> 'regular')
    ORDER BY u.attnum, other.attnum;
    PERFORM pg_standin.own_work(true);
    FOR made IN
        SELECT format('ALTER SEQUENCE %s AS %s', u.sequence::regclass, format_type(u.atttypid, NULL))
        FROM pg_standin.sequence_use AS u JOIN pg_sequence AS s ON s.seqrelid = u.sequence
        WHERE u.relid = settle_sequences.relid AND s.seqtypid <> u.atttypid AND u.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
    LOOP
        EXECUTE made;
    END LOOP;
    PERFORM pg_standin.own_work(false);
END
$$;

-- The colocation group that a table joins or starts.
CREATE FUNCTION pg_standin.find_group(relid oid, key smallint, colocate_with text, shard_count int) RETURNS int LANGUAGE plpgsql AS
$$
DECLARE
    a pg_attribute;
    shards int := coalesce(shard_count, pg_standin.setting('shard_count', '32')::int);
    other oid;
    joined pg_dist_colocation;
BEGIN
    SELECT * INTO STRICT a FROM pg_attribute WHERE attrelid = relid AND attnum = key;
    IF colocate_with = 'default' THEN
        SELECT * INTO joined FROM pg_dist_colocation
        WHERE distributioncolumntype = a.atttypid AND shardcount = shards
            AND distributioncolumncollation = (SELECT typcollation FROM pg_type WHERE oid = a.atttypid)
        ORDER BY colocationid LIMIT 1;
        other := (SELECT logicalrelid FROM pg_dist_partition WHERE colocationid = joined.colocationid ORDER BY 1 LIMIT 1);
    ELSIF colocate_with <> 'none' THEN
        other := colocate_with::regclass;
        IF pg_standin.standing(other) = 'regular' THEN
            PERFORM pg_standin.refuse('not-distributed', pg_standin.bare(other));
        ELSIF pg_standin.standing(other) = 'citus local' THEN
            PERFORM pg_standin.refuse('with-local');
        END IF;
        SELECT * INTO STRICT joined FROM pg_dist_colocation WHERE colocationid = pg_standin.group_of(other);
    END IF;
    IF other IS NOT NULL AND joined.distributioncolumntype <> a.atttypid THEN
        PERFORM pg_standin.refuse('other-type', pg_standin.bare(other), pg_standin.bare(relid));
    ELSIF other IS NOT NULL AND joined.distributioncolumncollation <> a.attcollation THEN
        PERFORM pg_standin.refuse('other-collation', pg_standin.bare(other), pg_standin.bare(relid));
    END IF;
    IF joined.colocationid IS NULL THEN
        INSERT INTO pg_dist_colocation (shardcount, replicationfactor, distributioncolumntype, distributioncolumncollation)
        VALUES (shards, 1, a.atttypid, a.attcollation) RETURNING * INTO joined;
    END IF;
    RETURN joined.colocationid;
END
$$;

-- Over many connections, Citus cannot copy rows into a table whose referenced table references a reference table.
CREATE FUNCTION pg_standin.demand_one_connection(relid oid) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
    IF pg_standin.setting('multi_shard_modify_mode', 'parallel') = 'sequential' OR NOT pg_standin.has_rows(relid) THEN
        RETURN;
    END IF;
    PERFORM pg_standin.refuse('parallel', pg_standin.bare(k.conrelid), pg_standin.bare(up.confrelid))
    FROM pg_standin.foreign_key AS k
    JOIN pg_standin.foreign_key AS up ON up.conrelid = k.confrelid
    WHERE k.conrelid = relid AND pg_standin.standing(k.confrelid) = 'distributed'
        AND pg_standin.standing(up.confrelid) = 'reference'
        AND NOT EXISTS (SELECT FROM pg_standin.foreign_key AS own WHERE own.conrelid = relid AND own.confrelid = up.confrelid);
END
$$;

CREATE FUNCTION pg_catalog.create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash', colocate_with text DEFAULT 'default',
    shard_count int DEFAULT NULL
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$
DECLARE
    was text := pg_standin.standing(table_name);
    in_group int;
    member oid;
BEGIN
    PERFORM pg_standin.demand_owner(table_name);
    PERFORM pg_standin.demand_kind(table_name);
    EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', pg_standin.qualified(table_name));
    IF was = 'citus local' THEN
        PERFORM pg_standin.demand_no_identity(table_name);
    END IF;
    PERFORM pg_standin.demand_no_triggers(table_name);
    PERFORM pg_standin.demand_policies(table_name);
    PERFORM pg_standin.demand_row_types(table_name);
    PERFORM pg_standin.settle_sequences(table_name);
    in_group := pg_standin.find_group(
        table_name, pg_standin.demand_column(table_name, distribution_column), colocate_with, shard_count);
    PERFORM pg_standin.note(table_name, 'h', 's', distribution_column, in_group);
    PERFORM pg_standin.demand_keys(table_name, distribution_column);
    PERFORM pg_standin.demand_foreign_keys(table_name);
    PERFORM pg_standin.demand_planned_checks(table_name);
    PERFORM pg_standin.demand_one_connection(table_name);
    FOR member IN SELECT pg_standin.family(table_name) LOOP
        PERFORM pg_standin.demand_rows(member, distribution_column, 'null', was = 'regular');
        INSERT INTO pg_standin.shell VALUES (member) ON CONFLICT DO NOTHING;
    END LOOP;
    PERFORM pg_standin.remember();
END
$$;

CREATE FUNCTION pg_catalog.create_reference_table(table_name regclass) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
$$
DECLARE
    was text := pg_standin.standing(table_name);
BEGIN
    PERFORM pg_standin.demand_owner(table_name);
    PERFORM pg_standin.demand_kind(table_name);
    EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', pg_standin.qualified(table_name));
    IF (SELECT relkind FROM pg_class WHERE oid = table_name) = 'p' THEN
        PERFORM pg_standin.refuse('partitioned-reference');
    END IF;
    PERFORM pg_standin.demand_no_triggers(table_name);
    PERFORM pg_standin.demand_policies(table_name);
    PERFORM pg_standin.demand_row_types(table_name);
    PERFORM pg_standin.settle_sequences(table_name);
    PERFORM pg_standin.note(table_name, 'n', 't', NULL, pg_standin.reference_group());
    PERFORM pg_standin.demand_foreign_keys(table_name);
    PERFORM pg_standin.demand_defaults(k) FROM pg_standin.foreign_key AS k
    WHERE k.confrelid = table_name AND k.conrelid <> table_name AND pg_standin.converts();
    PERFORM pg_standin.demand_rows(table_name, NULL, NULL, was = 'regular');
    INSERT INTO pg_standin.shell VALUES (table_name) ON CONFLICT DO NOTHING;
    PERFORM pg_standin.convert_connected(table_name);
    PERFORM pg_standin.remember();
END
$$;

CREATE FUNCTION pg_standin.reference_group() RETURNS int LANGUAGE plpgsql AS
$$
DECLARE
    found_one int := (SELECT colocationid FROM pg_dist_colocation WHERE distributioncolumntype = 0);
BEGIN
    IF found_one IS NULL THEN
        INSERT INTO pg_dist_colocation (shardcount, replicationfactor, distributioncolumntype, distributioncolumncollation)
        VALUES (1, -1, 0, 0) RETURNING colocationid INTO found_one;
    END IF;
    RETURN found_one;
END
$$;

CREATE FUNCTION pg_standin.demand_no_identity(relid oid) RETURNS void LANGUAGE sql AS
$$
    SELECT pg_standin.refuse('identity') FROM pg_attribute
    WHERE attrelid IN (SELECT pg_standin.family(relid)) AND attidentity <> '' AND NOT attisdropped
$$;
