DECLARE
  limits shardplan.settings;
  of_wave bigint;
  written pg_lsn := pg_current_wal_lsn();
BEGIN
  SELECT * INTO STRICT limits FROM shardplan.settings;
  SELECT wave INTO STRICT of_wave FROM shardplan.backfill WHERE target = of_target;
  -- A transaction that is older than the end of the wave before may still bring rows that saw no key there.
  IF EXISTS (SELECT FROM shardplan.backfill
             WHERE wave < of_wave AND finished_xid >= txid_snapshot_xmin(txid_current_snapshot())) THEN
    RETURN 'waits for transactions that are older than the end of the tables before it';
  END IF;
  IF EXISTS (SELECT FROM pg_stat_replication WHERE replay_lag > limits.max_replica_lag) THEN
    RETURN 'a replica is behind';
  END IF;
  IF EXISTS (SELECT FROM pg_replication_slots WHERE pg_wal_lsn_diff(written, restart_lsn) > limits.max_waiting_wal) THEN
    RETURN 'a replication slot holds back WAL';
  END IF;
  IF current_setting('archive_mode') <> 'off' AND EXISTS (
    SELECT FROM pg_stat_archiver, pg_settings AS segment
    WHERE segment.name = 'wal_segment_size' AND last_archived_wal ~ '^[0-9A-F]{24}$'
      AND pg_wal_lsn_diff(written, '0/0')
        - ('x' || substr(last_archived_wal, 9, 8))::bit(32)::bigint::numeric * 4294967296
        - ('x' || substr(last_archived_wal, 17, 8))::bit(32)::bigint * segment.setting::numeric > limits.max_waiting_wal)
  THEN
    RETURN 'the archiver is behind';
  END IF;
  -- Twice what makes autovacuum start: it is overdue.
  IF EXISTS (
    SELECT FROM pg_stat_all_tables AS s JOIN pg_class AS c ON c.oid = s.relid
    WHERE s.relid = to_regclass(of_target) AND s.n_dead_tup > limits.max_dead_rows
      AND s.n_dead_tup > 2 * (current_setting('autovacuum_vacuum_threshold')::bigint
        + current_setting('autovacuum_vacuum_scale_factor')::float8 * greatest(c.reltuples, 0)))
  THEN
    RETURN 'dead rows wait for autovacuum';
  END IF;
  RETURN NULL;
END
