DECLARE
  limits shardplan.settings;
  job shardplan.backfill;
  size bigint;
  upto text[];
  filled bigint;
  started timestamptz := clock_timestamp();
  took interval;
BEGIN
  SELECT * INTO STRICT limits FROM shardplan.settings;
  SELECT * INTO STRICT job FROM shardplan.backfill WHERE target = of_target FOR UPDATE;
  size := coalesce(limits.batch_rows, job.batch_rows);
  BEGIN
    PERFORM set_config('lock_timeout', ceil(extract(epoch FROM limits.lock_wait) * 1000) || 'ms', true);
    PERFORM set_config('shardplan.filling', 'on', true);
    -- After the fifth attempt the batch is left for the next pass, if there may be one.
    EXECUTE format('SELECT * FROM shardplan.%I($1, $2, $3)', job.batch_function)
      INTO upto, filled USING job.next_key, size, job.attempts < 5 OR NOT job.may_skip;
  EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR serialization_failure THEN
      -- The application has a row: half the batch, a little later.
      UPDATE shardplan.backfill SET attempts = attempts + 1, batch_rows = greatest(size / 2, 100), paused = 'waits for rows that are locked'
      WHERE target = of_target;
      RETURN true;
    WHEN query_canceled THEN
      RAISE;
    WHEN OTHERS THEN
      UPDATE shardplan.backfill SET last_error = SQLERRM WHERE target = of_target;
      RETURN false;
  END;
  took := clock_timestamp() - started;
  UPDATE shardplan.backfill SET
    next_key = upto, batches = batches + 1, rows_seen = rows_seen + size, rows_filled = rows_filled + coalesce(filled, 0),
    started_at = coalesce(started_at, started), time_spent = time_spent + took, paused = NULL, last_error = NULL, attempts = 0,
    batches_skipped = batches_skipped + CASE WHEN job.attempts < 5 OR NOT job.may_skip THEN 0 ELSE 1 END,
    -- Towards the time that a batch should take, at most twice or half at a time.
    batch_rows = least(greatest(batch_rows * least(greatest(
      extract(epoch FROM limits.batch_time) / greatest(extract(epoch FROM took), 0.001), 0.5), 2), 100), 1000000)::bigint
  WHERE target = of_target;
  IF upto IS NULL THEN
    -- The end of the table: done, unless a batch was left out.
    UPDATE shardplan.backfill SET
      passes = passes + 1, batches_skipped = 0, rows_seen = CASE WHEN batches_skipped = 0 THEN rows_seen ELSE 0 END,
      finished_at = CASE WHEN batches_skipped = 0 THEN clock_timestamp() END,
      finished_xid = CASE WHEN batches_skipped = 0 THEN txid_current() END
    WHERE target = of_target;
  END IF;
  RETURN true;
END
