BEGIN
  SET LOCAL citus.enable_ddl_propagation = off;
  SET LOCAL lock_timeout = '50ms';
  FOR attempt IN 1 .. 600 LOOP
    BEGIN
      ALTER SEQUENCE {sequence} OWNED BY {owner};
      RETURN;
    EXCEPTION WHEN lock_not_available THEN
      IF attempt = 600 THEN
        RAISE;
      END IF;
      PERFORM pg_sleep(1);
    END;
  END LOOP;
END