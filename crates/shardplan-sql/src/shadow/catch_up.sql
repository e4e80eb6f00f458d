DECLARE
  started timestamptz;
  careful boolean;
BEGIN
  COMMIT;
  LOOP
    -- All live tables at one moment: a row and the one that it references come together.
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    PERFORM set_config('citus.multi_shard_modify_mode', 'sequential', true);
    started := clock_timestamp();
    careful := EXISTS (SELECT FROM shardplan.truncated);
    IF NOT careful THEN
      BEGIN
        PERFORM shardplan.replay(false);
      EXCEPTION WHEN unique_violation OR foreign_key_violation THEN
        careful := true;
      END;
    END IF;
    IF careful THEN
      PERFORM shardplan.replay(true);
    END IF;
    IF clock_timestamp() < started + until_within THEN
      COMMIT;
      RETURN;
    END IF;
    -- Nothing may come between this and the next transaction's isolation, not even a condition.
    COMMIT;
  END LOOP;
END
