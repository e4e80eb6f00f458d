//! The functions of the prelude that stop a script when something is not so.

use super::Function;

/// Those that others call first.
pub(super) const DEMANDS: &[Function] = &[
    Function {
        name: "require",
        signature: "pg_temp.require(holds boolean, message text, hint text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION USING MESSAGE = message, HINT = hint;
  END IF;
END
",
    },
    Function {
        name: "require_columns",
        signature: "pg_temp.require_columns(of_table text, names text[], types text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    to_regclass(of_table) IS NOT NULL AND NOT EXISTS (
      SELECT FROM unnest(names, types) AS wanted (name, type) WHERE NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass(of_table) AND attname = wanted.name AND attnum > 0 AND NOT attisdropped
          AND format_type(atttypid, atttypmod) = wanted.type)),
    of_table || ' is not the table that the plan was made for', 'the schema has changed: plan again')
",
    },
    Function {
        name: "require_type",
        signature: "pg_temp.require_type(of_table text, column_name text, types text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (
      SELECT FROM pg_attribute
      WHERE attrelid = to_regclass(of_table) AND attname = column_name AND NOT attisdropped
        AND format_type(atttypid, atttypmod) = ANY (types)),
    format('%s.%I is not there or not of the type %s', of_table, column_name, array_to_string(types, ' or ')),
    'run the script that unifies the types first; if the schema has changed otherwise, plan again')
",
    },
    Function {
        name: "require_replaceable",
        signature: "pg_temp.require_replaceable(of_table text, column_name text, new_type text) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  place int2;
  is_done boolean;
  is_plain boolean;
  user_of_it text;
BEGIN
  SELECT attnum, format_type(atttypid, atttypmod) = new_type, attacl IS NULL AND coalesce(attoptions::text, '') !~ 'n_distinct' AND coalesce(attstattarget, -1) = -1 INTO place, is_done, is_plain
  FROM pg_attribute WHERE attrelid = to_regclass(of_table) AND attname = column_name;
  IF is_done THEN
    RETURN;
  END IF;
  SELECT pg_describe_object(classid, objid, objsubid) INTO user_of_it FROM pg_depend
  WHERE refclassid = 'pg_class'::regclass AND refobjid = to_regclass(of_table) AND refobjsubid = place
    AND classid::regclass::text IN ('pg_rewrite', 'pg_policy', 'pg_proc', 'pg_statistic_ext', 'pg_trigger', 'pg_publication_rel')
  LIMIT 1;
  PERFORM pg_temp.require(user_of_it IS NULL, format('%s depends on %s.%I, which a new column replaces', user_of_it, of_table, column_name),
    'drop it and make it anew afterwards, or forbid the replacement: keep_type = true in the rules');
  PERFORM pg_temp.require(is_plain, format('%s.%I has privileges or settings of its own, which a new column would not have', of_table, column_name),
    'grant on the table, reset the settings of the column, or forbid the replacement: keep_type = true in the rules');
END
",
    },
    Function {
    name: "require_addable",
        signature: "pg_temp.require_addable(of_table text, column_name text, key_table text, key_column text, agreement text) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  holds boolean;
BEGIN
  -- As JSON, because attgenerated came with PostgreSQL 12.
  SELECT (a.atttypid, a.atttypmod, a.attcollation) = (k.atttypid, k.atttypmod, k.attcollation)
    AND a.attidentity = '' AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''
  INTO holds
  FROM pg_attribute AS a, pg_attribute AS k
  WHERE a.attrelid = to_regclass(of_table) AND a.attname = column_name
    AND k.attrelid = to_regclass(key_table) AND k.attname = key_column;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM pg_temp.require(holds, format('%s has a column %I already, which is not like %s.%I', of_table, column_name, key_table, key_column),
    'rename it, or plan again');
  IF holds IS NOT TRUE THEN
    RETURN;
  END IF;
  EXECUTE agreement INTO holds;
  PERFORM pg_temp.require(holds, format('%s has a column %I already, with other keys in it than the path gives', of_table, column_name),
    'if it is something else, rename it or plan again; if the application or an earlier run has filled it wrongly, set those rows to NULL');
END
",
    },
    Function {
        name: "require_foreign_key",
        signature: "pg_temp.require_foreign_key(of_table text, names text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(of_table) AND contype = 'f' AND conname = ANY (names)),
    format('foreign key %I of %s is gone', names[1], of_table), 'the schema has changed: plan again')
",
    },
    Function {
        name: "require_known_foreign_keys",
        signature: "pg_temp.require_known_foreign_keys(of_table text, from_tables text[], names text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    false, format('foreign key %I of %s has come since the plan was made', c.conname, c.conrelid::regclass),
    'the schema has changed: plan again')
  FROM pg_constraint AS c
  WHERE c.contype = 'f' AND to_regclass(of_table) IN (c.conrelid, c.confrelid) AND c.conparentid = 0
    AND NOT EXISTS (
      SELECT FROM unnest(from_tables, names) AS known (from_table, name)
      WHERE known.name = c.conname AND to_regclass(known.from_table) = c.conrelid)
  LIMIT 1
",
    },
    Function {
        name: "require_key",
        signature: "pg_temp.require_key(of_table text, index_name text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (
      SELECT FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE i.indrelid = to_regclass(of_table) AND c.relname = index_name AND (i.indisunique OR i.indisexclusion)),
    format('the key %I of %s is gone', index_name, of_table), 'the schema has changed: plan again')
",
    },
    Function {
        name: "require_known_keys",
        signature: "pg_temp.require_known_keys(of_table text, names text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    false, format('the unique index %I of %s has come since the plan was made', c.relname, of_table),
    'the schema has changed: plan again')
  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
  WHERE i.indrelid = to_regclass(of_table) AND (i.indisunique OR i.indisexclusion) AND c.relname <> ALL (names)
    AND NOT c.relispartition
  LIMIT 1
",
    },
    Function {
        name: "require_known_partitions",
        signature: "pg_temp.require_known_partitions(of_table text, parts text[]) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    false, format('the partition %s of %s has come since the plan was made', inhrelid::regclass, of_table),
    'the schema has changed: plan again')
  FROM pg_inherits
  WHERE inhparent = to_regclass(of_table)
    AND NOT EXISTS (SELECT FROM unnest(parts) AS part WHERE to_regclass(part) = inhrelid)
  LIMIT 1
",
    },
    Function {
        name: "require_no_view_on",
        signature: "pg_temp.require_no_view_on(of_table text, constraint_name text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    NOT EXISTS (
      SELECT FROM pg_constraint AS c JOIN pg_depend AS d ON d.refclassid = 'pg_constraint'::regclass AND d.refobjid = c.oid
      WHERE c.conrelid = to_regclass(of_table) AND c.conname = constraint_name AND d.classid = 'pg_rewrite'::regclass),
    format('a view needs the constraint %I of %s, because it groups by its columns alone', constraint_name, of_table),
    'drop the view, and make it anew afterwards with all its columns in GROUP BY')
",
    },
    Function {
        name: "require_no_nulls",
        signature: "pg_temp.require_no_nulls(of_table text, column_name text) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  holds boolean;
BEGIN
  EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s WHERE %I IS NULL)', of_table, column_name) INTO holds;
  PERFORM pg_temp.require(holds, format('%s has rows without %I', of_table, column_name),
    'run the backfill to its end, see to it that the application writes the column, and decide what becomes of rows that no path gives a key');
END
",
    },
    Function {
        name: "require_agreement",
        signature: "pg_temp.require_agreement(of_table text, foreign_key text, of_kind text, parts text[]) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  holds boolean;
BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass(of_table) AND conname = foreign_key AND convalidated) THEN
    RETURN;
  END IF;
  PERFORM pg_temp.require(to_regclass('shardplan.watched') IS NOT NULL, 'the rows to look at are not listed', 'run the script of the backfill first');
  SELECT NOT EXISTS (SELECT FROM unnest(parts) AS part, shardplan.undecided_rows(part, of_kind)) INTO holds;
  PERFORM pg_temp.require(holds, format('%s has rows that belong to another tenant than what they reference', of_table),
    format('SELECT * FROM shardplan.undecided WHERE kind = %L; where only the key is wrong, set it to NULL and run the script of the backfill again; else mend the rows, or CALL shardplan.delete_undecided', of_kind));
END
",
    },
    Function {
        name: "require_written",
        signature: "pg_temp.require_written(of_table text, column_name text, parts text[]) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  quiet interval := coalesce(nullif(current_setting('shardplan.quiet', true), ''), '24h');
  holds boolean;
BEGIN
  IF to_regclass('pg_dist_partition') IS NOT NULL THEN
    IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(of_table)) THEN
      -- It is in its place, where a row without its key is refused.
      RETURN;
    END IF;
  END IF;
  PERFORM pg_temp.require(to_regclass('shardplan.keyless') IS NOT NULL, 'nothing counts the rows that come without their key', 'run the script of the triggers first');
  SELECT NOT EXISTS (SELECT FROM shardplan.keyless WHERE target = ANY (parts) AND last_before > now() - quiet) INTO holds;
  PERFORM pg_temp.require(holds, format('the application has written rows of %s without their %I in the last %s', of_table, column_name, quiet),
    'look at shardplan.keyless, change what writes them and wait; another limit: PGOPTIONS=''-c shardplan.quiet=1h'' psql ...');
END
",
    },
    Function {
        name: "require_index",
        signature: "pg_temp.require_index(index_name text, key_name text, positions int) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(index_name) AND indisvalid)
      OR pg_temp.is_key(key_name, positions),
    'index ' || index_name || ' is missing or invalid', 'run the script of the unique indexes again')
",
    },
    Function {
        name: "require_plain_domain",
        signature: "pg_temp.require_plain_domain(type_name text) RETURNS void LANGUAGE sql",
        body: "\
  WITH RECURSIVE domains AS (
    SELECT * FROM pg_type WHERE oid = to_regtype(type_name)
    UNION ALL
    SELECT base.* FROM pg_type AS base JOIN domains ON base.oid = domains.typbasetype)
  SELECT pg_temp.require(
    NOT EXISTS (
      SELECT FROM domains
      WHERE typtype = 'd' AND (typdefault IS NOT NULL OR typnotnull
        OR EXISTS (SELECT FROM pg_constraint WHERE contypid = domains.oid))),
    format('the domain %s has a default or a constraint: a column of it that is added would not be NULL, or rewrite its table', type_name),
    'drop its default and its constraints, and add them again after the backfill')
",
    },
    Function {
        name: "require_deterministic",
        signature: "pg_temp.require_deterministic(of_table text, column_name text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(bool_and(to_jsonb(c) ->> 'collisdeterministic' = 'true') IS NOT FALSE,
    format('the collation of %s.%I takes different texts for equal, which Citus refuses', of_table, column_name), 'give it another one first') FROM pg_attribute JOIN pg_collation AS c ON c.oid = attcollation WHERE attrelid = to_regclass(of_table) AND attname = column_name
",
    },
    Function {
        name: "require_sight",
        signature: "pg_temp.require_sight(of_table text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    NOT row_security_active(of_table),
    format('row security hides rows of %s from %I', of_table, current_user),
    'run the scripts as a role with BYPASSRLS, or take FORCE ROW LEVEL SECURITY off meanwhile')
",
    },
    Function {
        name: "require_published",
        signature: "pg_temp.require_published(of_table text, column_name text) RETURNS void LANGUAGE sql",
        body: "\
  -- As JSON, because column lists came with PostgreSQL 15.
  SELECT pg_temp.require(
    false, format('publication %I has a list of columns of %s without %I: once that is part of the key, every UPDATE and DELETE fails', p.pubname, of_table, column_name),
    'name the column in the list: ALTER PUBLICATION ... SET TABLE')
  FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid
  WHERE r.prrelid = to_regclass(of_table) AND jsonb_typeof(to_jsonb(r) -> 'prattrs') = 'array'
    AND NOT EXISTS (
      SELECT FROM pg_attribute AS a
      WHERE a.attrelid = r.prrelid AND a.attname = column_name AND to_jsonb(r) -> 'prattrs' @> to_jsonb(a.attnum))
  LIMIT 1
",
    },
    Function {
        name: "require_no_triggers",
        signature: "pg_temp.require_no_triggers(of_table text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(of_table) AND NOT tgisinternal),
    of_table || ' has a trigger, and Citus refuses tables with triggers', 'drop it')
",
    },
    Function {
        name: "require_not_null",
        signature: "pg_temp.require_not_null(of_table text, column_name text) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    pg_temp.is_not_null(of_table, column_name),
    format('%s.%I is not there or not NOT NULL', of_table, column_name), 'run the script of the keys first')
",
    },
    Function {
        name: "require_plain",
        signature: "pg_temp.require_plain(of_table text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(of_table)),
    of_table || ' is in its place already', 'the exchange is done: go on with the script after it');
END
",
    },
    Function {
        name: "require_copied",
        signature: "pg_temp.require_copied(of_table text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  IF EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(of_table)) THEN
    RETURN;
  END IF;
  PERFORM pg_temp.require(to_regclass('shardplan.backfill') IS NOT NULL, 'nothing has been copied', 'run the script of the copy first');
  PERFORM pg_temp.require(
    EXISTS (SELECT FROM shardplan.backfill WHERE target = of_table AND finished_at IS NOT NULL),
    'the rows of ' || of_table || ' are not copied', 'run the script of the copy first');
END
",
    },
    Function {
        name: "require_built",
        signature: "pg_temp.require_built(of_table text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  IF NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass(of_table)) THEN
    PERFORM pg_temp.require(to_regclass('shardplan.built') IS NOT NULL,
      'keys, indexes and foreign keys are not all built on the copies', 'run the script that builds them to its end');
  END IF;
END
",
    },
    Function {
        name: "require_distributed",
        signature: "pg_temp.require_distributed(table_name text, column_name text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    EXISTS (
      SELECT FROM pg_dist_partition
      WHERE logicalrelid = to_regclass(table_name) AND partmethod = 'h'
        AND column_to_column_name(logicalrelid, partkey) = column_name),
    format('%s is not distributed by %I', table_name, column_name), 'run the script of the distribution to its end');
END
",
    },
    Function {
        name: "require_reference",
        signature: "pg_temp.require_reference(table_name text) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    pg_temp.is_reference(table_name),
    table_name || ' is not a reference table', 'run the script of the distribution to its end');
END
",
    },
    Function {
        name: "require_colocated",
        signature: "pg_temp.require_colocated(table_names text[]) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    (SELECT count(DISTINCT colocationid) FROM pg_dist_partition
     WHERE logicalrelid IN (SELECT to_regclass(name) FROM unnest(table_names) AS name)) = 1,
    'the distributed tables are not in one colocation group',
    'undistribute those that are not, and distribute them again with colocate_with');
END
",
    },
    Function {
        name: "require_together",
        signature: "pg_temp.require_together(table_names text[]) RETURNS void LANGUAGE plpgsql",
        body: "\
BEGIN
  PERFORM pg_temp.require(
    (SELECT count(*) FROM pg_dist_partition
     WHERE logicalrelid IN (SELECT to_regclass(name) FROM unnest(table_names) AS name)) IN (0, cardinality(table_names)),
    'some of the tables are in the cluster''s metadata and others are not',
    'another plan has stopped half-way: carry it on to its end, or take it back with its undo scripts');
END
",
    },
    Function {
        name: "require_enforced",
        signature: "pg_temp.require_enforced(of_table text, foreign_key text, validated boolean) RETURNS void LANGUAGE sql",
        body: "\
  SELECT pg_temp.require(
    EXISTS (
      SELECT FROM pg_constraint
      WHERE conrelid = to_regclass(of_table) AND conname = foreign_key AND contype = 'f' AND convalidated >= validated),
    format('foreign key %I of %s is not enforced for all rows', foreign_key, of_table),
    'run the script of the foreign keys to its end')
",
    },
];
