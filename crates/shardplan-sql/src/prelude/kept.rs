//! The functions of the prelude that put back what Citus takes from a table that it makes anew. Measured on Citus 13.2.2.
//!
//! They read it from the server, in the transaction in which the table is locked and made anew: the position of a sequence is
//! known only then, and a plan knows no grants. What is put back is a list of statements, kept in a setting that the transaction
//! forgets at its end.

use super::Function;

/// Those that others call first.
pub(super) const KEPT: &[Function] = &[
    Function {
        name: "readers",
        signature: "pg_temp.readers(remade oid[]) RETURNS oid[] LANGUAGE sql",
        body: "\
  -- The views over the tables, each after those that it reads.
  WITH RECURSIVE reader (id, level) AS (
    SELECT id, 0 FROM unnest(remade) AS id
    UNION
    SELECT r.ev_class, level + 1 FROM reader
    JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = reader.id AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite AS r ON r.oid = d.objid AND r.ev_class <> reader.id
    JOIN pg_class AS c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm'))
  SELECT array_agg(id ORDER BY level, id)
  FROM (SELECT id, max(level) AS level FROM reader WHERE level > 0 GROUP BY id) AS found
",
    },
    Function {
        name: "positions",
        signature: "pg_temp.positions(remade oid[]) RETURNS SETOF text LANGUAGE plpgsql",
        body: "\
DECLARE
  counter record;
  place text;
BEGIN
  FOR counter IN
    SELECT name AS of_table, attname AS of_column, pg_get_serial_sequence(name, attname) AS sequence
    FROM pg_attribute, LATERAL (
      SELECT format('%I.%I', nspname, relname) AS name
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = attrelid) AS named
    WHERE attrelid = ANY (remade) AND attidentity <> '' AND NOT attisdropped
  LOOP
    CONTINUE WHEN counter.sequence IS NULL;
    EXECUTE 'SELECT format(''%s, %L'', last_value, is_called) FROM ' || counter.sequence INTO place;
    RETURN NEXT format('SELECT setval(pg_get_serial_sequence(%L, %L), %s)', counter.of_table, counter.of_column, place);
  END LOOP;
END
",
    },
    Function {
        name: "views_again",
        signature: "pg_temp.views_again(readers oid[]) RETURNS SETOF text LANGUAGE sql",
        body: "\
  WITH
  view AS (
    SELECT c.oid AS id, relkind, reloptions, relispopulated, array_position(readers, c.oid) AS place, format('%I.%I', nspname, relname) AS name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = ANY (readers)),
  filled AS (SELECT * FROM view WHERE relkind = 'm'),
  statement (phase, place, text) AS (
    SELECT 1, place, format('REFRESH MATERIALIZED VIEW %s', name) || CASE WHEN relispopulated THEN '' ELSE ' WITH NO DATA' END FROM filled
    UNION ALL SELECT 2, place, format('ALTER MATERIALIZED VIEW %s SET (%I = %L)', name, option_name, option_value)
    FROM filled, pg_options_to_table(reloptions)
    UNION ALL SELECT 2, place, format('ALTER MATERIALIZED VIEW %s ALTER COLUMN %I SET STATISTICS %s', name, attname, attstattarget)
    FROM filled JOIN pg_attribute ON attrelid = id WHERE attnum > 0 AND attstattarget >= 0
    UNION ALL SELECT 3, place, pg_get_indexdef(indexrelid) FROM filled JOIN pg_index ON indrelid = id
    UNION ALL SELECT 4, place, format('ALTER MATERIALIZED VIEW %s CLUSTER ON %I', name, relname)
    FROM filled JOIN pg_index ON indrelid = id JOIN pg_class AS i ON i.oid = indexrelid WHERE indisclustered
    UNION ALL SELECT 4, place, pg_get_statisticsobjdef(s.oid) FROM filled JOIN pg_statistic_ext AS s ON stxrelid = id
    UNION ALL SELECT 5, place, format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s', name, attname, pg_get_expr(adbin, adrelid))
    FROM view JOIN pg_attribute ON attrelid = id JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    UNION ALL SELECT 5, place, pg_get_ruledef(r.oid) FROM view JOIN pg_rewrite AS r ON ev_class = id WHERE rulename <> '_RETURN'
    UNION ALL SELECT 5, place, pg_get_triggerdef(t.oid) FROM view JOIN pg_trigger AS t ON tgrelid = id WHERE NOT tgisinternal)
  SELECT text FROM statement ORDER BY phase, place, text
",
    },
    Function {
        name: "grants_again",
        signature: "pg_temp.grants_again(remade oid[], readers oid[]) RETURNS SETOF text LANGUAGE sql",
        body: "\
  -- Of the views, and of the sequences behind identity columns.
  WITH
  relation AS (
    SELECT c.oid AS id, relowner, relacl, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, format('%I.%I', nspname, relname) AS name
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE c.oid = ANY (readers) OR relkind = 'S' AND c.oid IN (
      SELECT objid FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = ANY (remade) AND deptype = 'i')),
  role (id, name) AS (SELECT oid, quote_ident(rolname) FROM pg_roles UNION ALL SELECT 0, 'PUBLIC'),
  statement (phase, text) AS (
    -- Default privileges may have given something to others by then.
    SELECT 1, format('REVOKE ALL ON %s %s FROM %s', kind, relation.name, role.name)
    FROM relation, (SELECT grantee FROM pg_default_acl, aclexplode(defaclacl) UNION SELECT 0) AS other JOIN role ON role.id = grantee
    WHERE relacl IS NOT NULL OR grantee NOT IN (0, relowner)
    UNION ALL
    SELECT 2, format('GRANT %s ON %s %s TO %s', privilege_type, kind, relation.name, role.name) || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM relation, aclexplode(relacl) JOIN role ON role.id = grantee
    UNION ALL
    SELECT 2, format('GRANT %s (%I) ON %s TO %s', privilege_type, attname, relation.name, role.name) || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM relation JOIN pg_attribute ON attrelid = relation.id, aclexplode(attacl) JOIN role ON role.id = grantee)
  SELECT text FROM statement ORDER BY phase, text
",
    },
    Function {
        name: "comments_again",
        signature: "pg_temp.comments_again(remade oid[], readers oid[]) RETURNS SETOF text LANGUAGE sql",
        body: "\
  WITH described (catalog, id) AS (
    SELECT 'pg_class'::regclass, id FROM unnest(remade || readers) AS id
    UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = ANY (remade || readers)
    UNION ALL SELECT 'pg_class'::regclass, objid FROM pg_depend
      WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjid = ANY (remade) AND deptype = 'i'
    UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = ANY (remade)
    UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE polrelid = ANY (remade)
    UNION ALL SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid = ANY (remade || readers)
    UNION ALL SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid = ANY (readers)
    UNION ALL SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class = ANY (readers))
  SELECT DISTINCT format('COMMENT ON %s %s IS %L',
    CASE WHEN type LIKE '% column' THEN 'COLUMN' WHEN type LIKE '% constraint' THEN 'CONSTRAINT' WHEN type = 'statistics object' THEN 'STATISTICS' ELSE upper(type) END,
    identity, description)
  FROM described JOIN pg_description ON classoid = catalog AND objoid = id, pg_identify_object(classoid, objoid, objsubid)
  ORDER BY 1
",
    },
    Function {
        name: "checks_again",
        signature: "pg_temp.checks_again(remade oid[]) RETURNS SETOF text LANGUAGE sql",
        body: "\
  -- Those that are NOT VALID pass for valid on a table that was made anew.
  SELECT format('ALTER TABLE IF EXISTS %I.%I ', nspname, relname) || what
  FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = conrelid JOIN pg_namespace AS n ON n.oid = relnamespace,
    LATERAL (VALUES (1, format('DROP CONSTRAINT %I', conname)), (2, format('ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(k.oid)))) AS twice (place, what)
  WHERE conrelid = ANY (remade) AND contype = 'c' AND NOT convalidated AND coninhcount = 0
  ORDER BY nspname, relname, conname, place
",
    },
    Function {
        name: "options_again",
        signature: "pg_temp.options_again(remade oid[]) RETURNS SETOF text LANGUAGE sql",
        body: "\
  SELECT format('ALTER TABLE %I.%I ALTER COLUMN %I SET (%I = %L)', nspname, relname, attname, option_name, option_value)
  FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid JOIN pg_namespace AS n ON n.oid = relnamespace, pg_options_to_table(attoptions)
  WHERE attrelid = ANY (remade) AND attnum > 0 AND option_name LIKE 'n\\_distinct%'
  ORDER BY 1
",
    },
    Function {
        name: "remember",
        signature: "pg_temp.remember(table_names text[]) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  remade oid[];
  readers oid[];
BEGIN
  EXECUTE 'LOCK TABLE ' || array_to_string(table_names, ', ') || ' IN ACCESS EXCLUSIVE MODE';
  WITH RECURSIVE family (id) AS (
    SELECT to_regclass(name)::oid FROM unnest(table_names) AS name
    UNION SELECT inhrelid FROM pg_inherits JOIN family ON inhparent = id)
  SELECT array_agg(id) INTO remade FROM family;
  readers := pg_temp.readers(remade);
  PERFORM set_config('shardplan.kept', array_to_json(
    array(SELECT pg_temp.checks_again(remade)) || array(SELECT pg_temp.positions(remade)) || array(SELECT pg_temp.views_again(readers)) || array(SELECT pg_temp.grants_again(remade, readers))
    || array(SELECT pg_temp.comments_again(remade, readers)) || array(SELECT pg_temp.options_again(remade)))::text, true);
END
",
    },
    Function {
        name: "put_back",
        signature: "pg_temp.put_back() RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  before text := current_setting('citus.enable_ddl_propagation');
  statement text;
BEGIN
  FOR statement IN SELECT json_array_elements_text(current_setting('shardplan.kept')::json) LOOP
    -- Citus knows no options of columns and no defaults of views: they are put back on the coordinator.
    PERFORM set_config('citus.enable_ddl_propagation', CASE WHEN statement ~ '^ALTER (TABLE (?!IF EXISTS )|VIEW )' THEN 'off' ELSE before END, true);
    EXECUTE statement;
  END LOOP;
  PERFORM set_config('citus.enable_ddl_propagation', before, true);
END
",
    },
];

/// What a call of the concurrent function that failed has left when it was not the plan that took the tables into the metadata:
/// local tables of the cluster whose identity columns start again. They go on after the greatest value; what else went is said.
pub(super) const CATCH_UP: Function = Function {
    name: "catch_up",
    signature: "pg_temp.catch_up(table_names text[]) RETURNS void LANGUAGE plpgsql",
    body: "\
DECLARE
  counter record;
  behind boolean;
BEGIN
  FOR counter IN
    SELECT logicalrelid AS of_table, attname AS of_column, pg_get_serial_sequence(logicalrelid::text, attname) AS sequence,
      (SELECT CASE WHEN seqincrement > 0 THEN 'max' ELSE 'min' END FROM pg_sequence
       WHERE seqrelid = pg_get_serial_sequence(logicalrelid::text, attname)::regclass) AS last,
      (SELECT sign(seqincrement) FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence(logicalrelid::text, attname)::regclass) AS direction
    FROM pg_dist_partition JOIN pg_attribute ON attrelid = logicalrelid AND attidentity <> '' AND NOT attisdropped
    WHERE partmethod = 'n' AND repmodel = 's' AND logicalrelid IN (SELECT to_regclass(name) FROM unnest(table_names) AS name)
  LOOP
    EXECUTE format('SELECT (SELECT %s(%I) FROM %s) * %s > last_value * %s FROM %s',
      counter.last, counter.of_column, counter.of_table, counter.direction, counter.direction, counter.sequence) INTO behind;
    CONTINUE WHEN behind IS NOT TRUE;
    EXECUTE format('SELECT setval(%L, (SELECT %s(%I) FROM %s))', counter.sequence, counter.last, counter.of_column, counter.of_table);
    RAISE WARNING USING MESSAGE = format('a call that failed has made %s anew: %I goes on after its greatest value', counter.of_table, counter.of_column),
      HINT = 'look for comments on the table, and for grants and triggers of views over it: they went';
  END LOOP;
END
",
};

/// Makes a table of the cluster a plain one again, with all that foreign keys connect to it, and puts back what that takes from
/// them. A function that would be dropped with the old copy stops it.
pub(super) const UNDISTRIBUTE: Function = Function {
    name: "undistribute",
    signature: "pg_temp.undistribute(table_name text) RETURNS void LANGUAGE plpgsql",
    body: "\
DECLARE
  connected oid[];
  dropped text;
BEGIN
  WITH RECURSIVE connection (id) AS (
    SELECT logicalrelid::oid FROM pg_dist_partition WHERE logicalrelid = to_regclass(table_name)
    UNION
    SELECT p.logicalrelid::oid FROM connection JOIN pg_constraint ON contype = 'f' AND id IN (conrelid, confrelid)
    JOIN pg_dist_partition AS p ON p.logicalrelid IN (conrelid, confrelid))
  SELECT array_agg(id ORDER BY id) INTO connected FROM connection;
  IF connected IS NULL THEN
    RETURN;
  END IF;
  SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, 0), ', ') INTO dropped
  FROM pg_depend AS d JOIN pg_class AS c ON c.oid = ANY (connected)
  WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'n'
    AND ((d.refclassid, d.refobjid) = ('pg_class'::regclass, c.oid) OR (d.refclassid, d.refobjid) = ('pg_type'::regclass, c.reltype));
  PERFORM pg_temp.require(dropped IS NULL, format('making %s a plain table again would drop %s', table_name, dropped),
    'drop it now, and make it anew afterwards');
  PERFORM pg_temp.remember(array(
    SELECT format('%I.%I', nspname, relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = ANY (connected)));
  PERFORM undistribute_table(to_regclass(table_name), cascade_via_foreign_keys => true);
  PERFORM pg_temp.put_back();
END
",
};
