DECLARE
  lock_wait text := coalesce(nullif(current_setting('shardplan.lock_wait', true), ''), '50ms');
  patience interval := coalesce(nullif(current_setting('shardplan.lock_patience', true), ''), '10min');
  give_up timestamptz := clock_timestamp() + patience;
  failure text;
BEGIN
  LOOP
    CALL shardplan.catch_up('50 ms');
    PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
    CALL pg_temp.lock_with_patience(ARRAY[{tables}], ARRAY[{modes}]);
    -- What has changed since the copies were up to date is copied while the application waits: it must be little.
    IF shardplan.waiting() <= 1000 AND NOT EXISTS (SELECT FROM shardplan.truncated) THEN
      BEGIN
        -- Sequences are locked too: who has drawn from one in an open transaction holds it.
        PERFORM set_config('lock_timeout', lock_wait, true);
        PERFORM shardplan.replay(false);
        CALL shardplan.swap();
        failure := NULL;
      EXCEPTION WHEN lock_not_available OR deadlock_detected OR unique_violation OR foreign_key_violation THEN
        failure := SQLERRM;
      END;
      IF failure IS NULL THEN
        COMMIT;
        RETURN;
      END IF;
    END IF;
    ROLLBACK;
    IF clock_timestamp() > give_up THEN
      RAISE EXCEPTION USING MESSAGE = format('not exchanged in %s: %s', patience, coalesce(failure, 'too many rows change')),
        HINT = 'nothing has been exchanged: look for long transactions in pg_stat_activity, then run this script again';
    END IF;
    PERFORM pg_sleep(0.2 + random() * 0.3);
  END LOOP;
END
