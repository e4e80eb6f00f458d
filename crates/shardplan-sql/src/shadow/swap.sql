
DECLARE
  old regclass[] := ARRAY[{live}];
  new regclass[] := ARRAY[{copies}];
  keys name[] := ARRAY[{keys}];
  remade text[];
  statement text;
  bound text;
BEGIN
  -- What somebody has done to a table since its copy was made would be gone with it.
  SELECT string_agg(what, ', ' ORDER BY what) INTO bound
  FROM unnest(old, new, keys) AS pair (live, copy, key), LATERAL (
    SELECT format('column %I of %s', attname, live) AS what
    FROM (SELECT a.*, pg_get_expr(d.adbin, d.adrelid) AS default_value
          FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = live AND a.attnum > 0 AND NOT a.attisdropped) AS l
    FULL JOIN (SELECT a.*, pg_get_expr(d.adbin, d.adrelid) AS default_value
          FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
          WHERE a.attrelid = copy AND a.attnum > 0 AND NOT a.attisdropped) AS c USING (attname)
    WHERE (l.atttypid, l.atttypmod, l.attcollation, l.attidentity, l.default_value)
            IS DISTINCT FROM (c.atttypid, c.atttypmod, c.attcollation, c.attidentity, c.default_value)
      OR l.attnotnull <> c.attnotnull AND attname IS DISTINCT FROM key
    UNION ALL
    SELECT format('index %s', i.indexrelid::regclass)
    FROM pg_index AS i JOIN pg_class AS n ON n.oid = i.indexrelid
    -- What belongs to a constraint or promises uniqueness is a verdict of the plan.
    -- A partition's index that belongs to one of its table has another name on the copy.
    WHERE i.indrelid = live AND NOT i.indisunique AND NOT i.indisexclusion AND NOT n.relispartition AND NOT EXISTS (
      SELECT FROM pg_index AS o JOIN pg_class AS m ON m.oid = o.indexrelid WHERE o.indrelid = copy AND m.relname = n.relname)
    UNION ALL
    SELECT format('partition %s of %s', coalesce(l.part, c.part), live)
    FROM (SELECT p.relname, p.oid::regclass AS part, pg_get_expr(p.relpartbound, p.oid) AS bound
          FROM pg_inherits JOIN pg_class AS p ON p.oid = inhrelid WHERE inhparent = live) AS l
    FULL JOIN (SELECT p.relname, p.oid::regclass AS part, pg_get_expr(p.relpartbound, p.oid) AS bound
          FROM pg_inherits JOIN pg_class AS p ON p.oid = inhrelid WHERE inhparent = copy) AS c
      ON l.relname = c.relname AND l.bound = c.bound
    WHERE l.part IS NULL OR c.part IS NULL
    UNION ALL
    SELECT format('constraint %I of %s', f.conname, live)
    FROM pg_constraint AS f
    WHERE f.conrelid = live AND f.contype = 'c'
      AND NOT EXISTS (SELECT FROM pg_constraint AS o WHERE o.conrelid = copy AND o.conname = f.conname)
    UNION ALL
    SELECT format('trigger %I of %s', tgname, live)
    FROM pg_trigger WHERE tgrelid = live AND NOT tgisinternal AND tgname !~ '^(zz|00)_shardplan_'
      AND NOT EXISTS (SELECT FROM (VALUES {given_up}) AS given_up (t, n) WHERE (t, n) = (live, tgname))
    UNION ALL
    -- A table that was made anew, or whose triggers were off for a while: its changes were not noted.
    SELECT format('trigger that notes the changes of %s', live)
    WHERE (SELECT count(*) FROM pg_trigger WHERE tgrelid = live AND tgname ~ '^zz_shardplan_capture' AND tgenabled = 'A') <> 2
    UNION ALL
    SELECT format('privilege %s on %s', g.privilege_type, live)
    FROM (SELECT (aclexplode(relacl)).* FROM pg_class WHERE oid = live) AS g
    WHERE NOT EXISTS (
      SELECT FROM (SELECT (aclexplode(coalesce(relacl, acldefault('r', relowner)))).* FROM pg_class WHERE oid = copy) AS o
      WHERE (o.grantee, o.privilege_type) = (g.grantee, g.privilege_type))
    UNION ALL
    SELECT format('policy %I of %s', p.polname, live)
    FROM pg_policy AS p
    WHERE p.polrelid = live AND NOT EXISTS (SELECT FROM pg_policy AS o WHERE o.polrelid = copy AND o.polname = p.polname)
  ) AS changed;
  IF bound IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'changed since the copies were made: ' || bound,
      HINT = 'nothing has been exchanged: do the same to the copies, or take them back with the undo scripts and plan again';
  END IF;
  -- Views read a table itself, not its name: each that reads one of these is defined again by the same words.
  remade := ARRAY(
    SELECT format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass, ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid))
    FROM pg_class AS v
    WHERE v.relkind = 'v' AND EXISTS (
      SELECT FROM pg_rewrite AS r JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
      WHERE r.ev_class = v.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (old))
    ORDER BY v.oid);
  remade := remade || ARRAY(
    SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid = ANY (old) ORDER BY oid);
  FOR statement IN SELECT format('DROP STATISTICS %I.%I', stxnamespace::regnamespace, stxname) FROM pg_statistic_ext WHERE stxrelid = ANY (old) LOOP
    EXECUTE statement;
  END LOOP;
{moves}  FOREACH statement IN ARRAY remade LOOP
    EXECUTE statement;
  END LOOP;
  -- Whatever else hangs on an old table would go on using it without a word.
  SELECT string_agg(DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid), ', ') INTO bound
  FROM pg_depend AS d
  WHERE (d.refclassid = 'pg_class'::regclass AND d.refobjid = ANY (old)
      OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT oid FROM pg_type WHERE typrelid = ANY (old)))
    AND (d.classid = 'pg_proc'::regclass
      OR d.classid = 'pg_class'::regclass AND d.deptype = 'n' AND NOT d.objid = ANY (old)
      OR d.classid = 'pg_rewrite'::regclass AND NOT EXISTS (SELECT FROM pg_rewrite WHERE oid = d.objid AND ev_class = ANY (old))
      OR d.classid = 'pg_policy'::regclass AND NOT EXISTS (SELECT FROM pg_policy WHERE oid = d.objid AND polrelid = ANY (old))
      OR d.classid = 'pg_constraint'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE oid = d.objid AND conrelid = ANY (old)));
  IF bound IS NOT NULL THEN
    RAISE EXCEPTION USING MESSAGE = 'still bound to the old tables: ' || bound,
      HINT = 'nothing has been exchanged: drop it or define it anew afterwards, and run this script again';
  END IF;
END
