DECLARE
  job record;
  limits record;
  reason text;
  went_well boolean := true;
  started timestamptz := clock_timestamp();
BEGIN
  IF NOT pg_try_advisory_lock(hashtext('shardplan_backfill')) THEN
    RAISE NOTICE 'another backfill is running';
    RETURN;
  END IF;
  -- What stopped it the last time may be mended.
  UPDATE shardplan.backfill SET last_error = NULL WHERE last_error IS NOT NULL;
  COMMIT;
  LOOP
    EXIT WHEN clock_timestamp() > started + run_for;
    SELECT extract(epoch FROM rest) AS rest INTO STRICT limits FROM shardplan.settings;
    SELECT b.* INTO job FROM shardplan.backfill AS b WHERE b.finished_at IS NULL ORDER BY b.wave, b.target LIMIT 1;
    EXIT WHEN NOT FOUND;
    reason := shardplan.reason_to_pause(job.target);
    IF reason IS NOT NULL THEN
      UPDATE shardplan.backfill SET paused = reason WHERE target = job.target;
      COMMIT;
      PERFORM pg_sleep(1);
      COMMIT;
      CONTINUE;
    END IF;
    IF job.attempts > 0 THEN
      PERFORM pg_sleep(0.1 * job.attempts);
      COMMIT;
    END IF;
    went_well := shardplan.run_batch(job.target);
    COMMIT;
    EXIT WHEN NOT went_well;
    IF limits.rest > 0 THEN
      PERFORM pg_sleep(limits.rest);
      COMMIT;
    END IF;
  END LOOP;
  PERFORM pg_advisory_unlock(hashtext('shardplan_backfill'));
  IF NOT went_well THEN
    SELECT b.* INTO job FROM shardplan.backfill AS b WHERE b.target = job.target;
    RAISE EXCEPTION USING
      MESSAGE = format('the backfill of %s failed: %s', job.target, job.last_error),
      HINT = 'mend what it says and run it again: it goes on where it stopped';
  END IF;
  IF NOT EXISTS (SELECT FROM shardplan.backfill AS b WHERE b.finished_at IS NULL) AND to_regclass('cron.job') IS NOT NULL THEN
    -- The work is done: the job takes itself off the schedule.
    EXECUTE 'SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = $1' USING 'shardplan_backfill';
  END IF;
END
