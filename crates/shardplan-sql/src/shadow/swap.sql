
DECLARE
  old regclass[] := ARRAY[{live}];
  remade text[];
  statement text;
  bound text;
BEGIN
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
