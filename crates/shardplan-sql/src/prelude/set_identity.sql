DECLARE
  alone text := CASE WHEN current_setting('server_version_num')::int < 170000 THEN 'ONLY ' ELSE '' END;
  options text;
  old record;
  sequence text;
  interim text;
  stands record;
  granted text[];
  statement text;
BEGIN
  EXECUTE 'LOCK TABLE ' || of_table || ' IN ACCESS EXCLUSIVE MODE';
  IF (SELECT attidentity <> '' FROM pg_attribute WHERE attrelid = to_regclass(of_table) AND attname = column_name AND NOT attisdropped)
    IS NOT DISTINCT FROM (becomes <> '') THEN
    RETURN; -- it is so already
  END IF;
  SELECT c.oid AS id, nspname AS schema_name, c.relname AS name, c.relacl, pg_get_userbyid(t.relowner) AS owner, t.relacl AS table_acl,
    format_type(seqtypid, NULL) AS type, seqincrement, seqmin, seqmax, seqstart, seqcache, seqcycle, obj_description(c.oid, 'pg_class') AS comment
  INTO STRICT old
  FROM pg_sequence JOIN pg_class AS c ON c.oid = seqrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace, pg_class AS t
  WHERE t.oid = to_regclass(of_table) AND seqrelid = pg_get_serial_sequence(of_table, column_name)::regclass;
  sequence := format('%I.%I', old.schema_name, old.name);
  interim := 'shardplan_' || old.id;
  granted := array(
    SELECT format('GRANT %s ON SEQUENCE %s TO %s', privilege_type, sequence, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
      || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM aclexplode(old.relacl) WHERE pg_get_userbyid(grantee) <> old.owner);
  IF becomes = '' THEN
    granted := granted || array(
      SELECT DISTINCT format('GRANT USAGE ON SEQUENCE %s TO %s', sequence, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
      FROM (
        SELECT grantee, privilege_type FROM aclexplode(old.table_acl)
        UNION ALL SELECT (acl).grantee, (acl).privilege_type
        FROM (SELECT aclexplode(attacl) AS acl FROM pg_attribute WHERE attrelid = to_regclass(of_table)) AS of_columns) AS held
      WHERE privilege_type = 'INSERT' AND pg_get_userbyid(grantee) <> old.owner);
  END IF;
  EXECUTE format('SELECT last_value, is_called FROM %s', sequence) INTO stands;
  EXECUTE format('ALTER SEQUENCE %s RENAME TO %I', sequence, interim);
  options := format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s', old.seqincrement, old.seqmin, old.seqmax, old.seqstart,
    old.seqcache, CASE WHEN old.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END);
  IF becomes = '' THEN
    EXECUTE format('CREATE SEQUENCE %s AS %s %s', sequence, old.type, options);
    EXECUTE format('ALTER SEQUENCE %s OWNER TO %I', sequence, old.owner);
    EXECUTE format('ALTER TABLE %s%s ALTER COLUMN %I DROP IDENTITY', alone, of_table, column_name);
    EXECUTE format('ALTER TABLE %s%s ALTER COLUMN %I SET DEFAULT nextval(%L)', alone, of_table, column_name, sequence);
    EXECUTE format('ALTER SEQUENCE %s OWNED BY %s.%I', sequence, of_table, column_name);
  ELSE
    EXECUTE format('ALTER TABLE %s%s ALTER COLUMN %I DROP DEFAULT', alone, of_table, column_name);
    EXECUTE format('ALTER TABLE %s%s ALTER COLUMN %I ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)', alone, of_table, column_name, becomes, sequence, options);
    EXECUTE format('DROP SEQUENCE %I.%I', old.schema_name, interim);
  END IF;
  PERFORM setval(sequence::regclass, stands.last_value, stands.is_called);
  FOREACH statement IN ARRAY granted LOOP
    EXECUTE statement;
  END LOOP;
  IF old.comment IS NOT NULL THEN
    EXECUTE format('COMMENT ON SEQUENCE %s IS %L', sequence, old.comment);
  END IF;
END
