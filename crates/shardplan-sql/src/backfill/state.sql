-- How it goes about it: UPDATE shardplan.settings at any time, also while it runs.
CREATE TABLE IF NOT EXISTS shardplan.settings (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  batch_rows bigint,                                       -- rows of a batch; NULL: as many as take batch_time
  batch_time interval NOT NULL DEFAULT '50 ms',            -- the application may wait that long for a row
  lock_wait interval NOT NULL DEFAULT '50 ms',             -- a batch that waits longer for a row of the application gives up
  rest interval NOT NULL DEFAULT '0',                      -- between two batches
  max_replica_lag interval NOT NULL DEFAULT '10 s',        -- it pauses while a replica is further behind,
  max_waiting_wal bigint NOT NULL DEFAULT 4294967296,      -- while a slot or the archiver has more bytes before it,
  max_dead_rows bigint NOT NULL DEFAULT 10000000           -- and while autovacuum, overdue, has left so many dead rows
);
INSERT INTO shardplan.settings DEFAULT VALUES ON CONFLICT (only_row) DO NOTHING;

-- One row per table: where it stands, and what has been done.
CREATE TABLE IF NOT EXISTS shardplan.backfill (
  target text PRIMARY KEY,
  column_name text NOT NULL,
  wave bigint NOT NULL,
  batch_function text NOT NULL,
  next_key text[],
  batch_rows bigint NOT NULL DEFAULT 1000,
  batches bigint NOT NULL DEFAULT 0,
  rows_seen bigint NOT NULL DEFAULT 0,
  rows_filled bigint NOT NULL DEFAULT 0,
  time_spent interval NOT NULL DEFAULT '0',
  passes bigint NOT NULL DEFAULT 0,
  attempts bigint NOT NULL DEFAULT 0,
  may_skip boolean NOT NULL DEFAULT true,
  batches_skipped bigint NOT NULL DEFAULT 0,
  paused text,
  last_error text,
  started_at timestamptz,
  finished_at timestamptz,
  finished_xid bigint
);
