DECLARE
  one record;
BEGIN
  -- Foreign keys are checked as the owner.
  EXECUTE format('GRANT USAGE ON SCHEMA %s TO %I', (SELECT relnamespace::regnamespace FROM pg_class WHERE oid = shadow),
    (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = live));
  EXECUTE format('ALTER TABLE %s OWNER TO %I', shadow, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = live));
  -- What default privileges have given, and the live table may not have any more.
  FOR one IN
    SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee
    FROM pg_class AS c, aclexplode(c.relacl) AS acl WHERE c.oid = shadow AND acl.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE ALL ON TABLE %s FROM %s', shadow, one.grantee);
  END LOOP;
  FOR one IN
    SELECT acl.privilege_type || coalesce(' (' || quote_ident(on_column) || ')', '') AS privilege, acl.is_grantable,
           CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS grantee
    FROM (
      SELECT relacl AS acl, NULL::name AS on_column FROM pg_class WHERE oid = live
      UNION ALL
      SELECT attacl, attname FROM pg_attribute WHERE attrelid = live AND attnum > 0 AND NOT attisdropped
    ) AS given, aclexplode(given.acl) AS acl
  LOOP
    EXECUTE format('GRANT %s ON TABLE %s TO %s', one.privilege, shadow, one.grantee)
      || CASE WHEN one.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END;
  END LOOP;
  FOR one IN SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = live AND reloptions IS NOT NULL LOOP
    EXECUTE format('ALTER TABLE %s SET (%s)', shadow, one.options);
  END LOOP;
  FOR one IN
    SELECT attname, attstattarget AS target FROM pg_attribute
    WHERE attrelid = live AND attnum > 0 AND NOT attisdropped AND attstattarget >= 0
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s', shadow, one.attname, one.target);
  END LOOP;
  FOR one IN
    SELECT polname, CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END AS kind,
           CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END AS command,
           (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ')
            FROM unnest(polroles) AS role) AS roles,
           pg_get_expr(polqual, polrelid) AS using_it, pg_get_expr(polwithcheck, polrelid) AS checking_it
    FROM pg_policy WHERE polrelid = live
      AND NOT EXISTS (SELECT FROM pg_policy AS made WHERE made.polrelid = shadow AND made.polname = pg_policy.polname)
  LOOP
    EXECUTE format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', one.polname, shadow, one.kind, one.command, one.roles)
      || coalesce(' USING (' || one.using_it || ')', '') || coalesce(' WITH CHECK (' || one.checking_it || ')', '');
  END LOOP;
  FOR one IN SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = live LOOP
    IF one.relrowsecurity THEN
      EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', shadow);
    END IF;
    IF one.relforcerowsecurity THEN
      EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', shadow);
    END IF;
  END LOOP;
END
