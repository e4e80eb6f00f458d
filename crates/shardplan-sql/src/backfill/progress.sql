-- Where it stands: SELECT * FROM shardplan.progress.
CREATE OR REPLACE VIEW shardplan.progress AS
SELECT b.target, b.wave,
       CASE WHEN b.finished_at IS NOT NULL THEN 'done' WHEN b.last_error IS NOT NULL THEN 'failed: ' || b.last_error
            WHEN b.paused IS NOT NULL THEN 'paused: ' || b.paused WHEN b.started_at IS NOT NULL THEN 'running' ELSE 'waiting' END AS state,
       b.rows_filled, CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint END AS rows_in_table, b.batches, b.batch_rows, b.passes, b.time_spent,
       round((b.rows_seen / nullif(extract(epoch FROM b.time_spent), 0))::numeric) AS rows_per_second,
       -- Unknown without statistics, and where there are more rows than they say.
       CASE WHEN b.finished_at IS NULL AND b.rows_seen > 0 AND c.reltuples > b.rows_seen
            THEN b.time_spent * ((c.reltuples - b.rows_seen) / b.rows_seen) END AS time_left
FROM shardplan.backfill AS b LEFT JOIN pg_class AS c ON c.oid = to_regclass(b.target)
ORDER BY b.wave, b.target;
