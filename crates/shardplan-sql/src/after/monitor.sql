-- What is going on, on all nodes: run it at any time, or again and again with \watch. It changes nothing.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS has_citus, to_regclass('shardplan.progress') IS NOT NULL AS is_filled \gset

-- Where the scripts are: copies, index builds.
SELECT pid, relid::regclass AS copied_into, bytes_processed, tuples_processed FROM pg_stat_progress_copy;
SELECT pid, relid::regclass AS on_table, index_relid::regclass AS index, phase, blocks_done, blocks_total, lockers_done, lockers_total
FROM pg_stat_progress_create_index;

\if :is_filled
-- How far the backfill is.
SELECT * FROM shardplan.progress;
\endif

\if :has_citus
-- What each node is waiting for: Lock should not be among it for long.
SELECT nodeid, wait_event_type, count(*) FROM citus_stat_activity WHERE state <> 'idle' GROUP BY nodeid, wait_event_type ORDER BY count(*) DESC;

-- Who waits for whom, on all nodes.
SELECT * FROM citus_lock_waits;

-- The statements that have run the longest.
SELECT global_pid, nodeid, now() - query_start AS runs_for, state, wait_event_type, wait_event, left(query, 80) AS query
FROM citus_stat_activity WHERE state <> 'idle' AND is_worker_query IS NOT TRUE ORDER BY query_start LIMIT 20;

-- Shards that are moved or split, and the jobs in the background.
SELECT * FROM get_rebalance_progress();
SELECT * FROM citus_job_list() ORDER BY job_id DESC LIMIT 10;

-- Slots of shards that are copied while their writers go on: what lags behind holds back WAL on the disk.
SELECT slot_name, active, pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)) AS behind FROM pg_replication_slots;

-- What failed operations have left: CALL citus_cleanup_orphaned_resources() removes it when nothing runs.
SELECT * FROM pg_dist_cleanup;

-- What each table is by now, how large it is and on how many shards.
SELECT table_name, citus_table_type, distribution_column, colocation_id, table_size, shard_count FROM citus_tables ORDER BY table_name::text;
\else
-- Who waits for whom.
SELECT pid, pg_blocking_pids(pid) AS waits_for, now() - query_start AS runs_for, wait_event_type, wait_event, left(query, 80) AS query
FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' ORDER BY query_start LIMIT 20;
\endif
