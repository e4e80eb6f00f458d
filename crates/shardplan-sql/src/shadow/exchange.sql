BEGIN
  LOOP
    CALL shardplan.catch_up('50 ms');
    PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
    CALL pg_temp.lock_with_patience(ARRAY[{tables}], ARRAY[{modes}]);
    -- What has changed since the copies were up to date is copied while the application waits: it must be little.
    EXIT WHEN shardplan.waiting() <= 1000 AND NOT EXISTS (SELECT FROM shardplan.truncated);
    ROLLBACK;
  END LOOP;
  PERFORM shardplan.replay(false);
  CALL shardplan.swap();
  COMMIT;
END
