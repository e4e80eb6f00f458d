  EXECUTE format('SELECT setval(%L, last_value, is_called) FROM %s',
    pg_get_serial_sequence({new}, {column}), pg_get_serial_sequence({old}, {column}));
  remade := remade || ARRAY(
    SELECT format('GRANT %s ON SEQUENCE %s TO %s%s', privilege_type, pg_get_serial_sequence({new}, {column}),
      CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
    FROM pg_class, aclexplode(relacl)
    WHERE oid = pg_get_serial_sequence({old}, {column})::regclass AND grantee <> relowner
    ORDER BY 1);
  remade := remade || ARRAY(
    SELECT format('COMMENT ON SEQUENCE %s IS %L', pg_get_serial_sequence({new}, {column}), description)
    FROM pg_description
    WHERE classoid = 'pg_class'::regclass AND objoid = pg_get_serial_sequence({old}, {column})::regclass AND objsubid = 0);
