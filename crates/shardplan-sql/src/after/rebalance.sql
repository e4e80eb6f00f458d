-- After the verification: workers that were added get their part, and a tenant that is too large gets a shard of its own.
-- As it is, it only shows what it would do. What it does is asked for by variables:
--   psql -v go=on -f rebalance.sql                    moves shards in the background
--   psql -v tenant=42 -f rebalance.sql                splits off the shard of this tenant, with all tables that are colocated
--   psql -v go=on -v mode=block_writes ...            how: auto (the default), force_logical or block_writes
-- A shard that is moved or split by logical replication (auto, force_logical) blocks the writers of its tenants for a moment at its end;
-- it needs wal_level = logical and a free slot on the node that it leaves, and a replica identity on each table. With block_writes
-- the writers of its tenants wait while it is copied. Changes of the schema and other moves wait in any case until it is done.
\if :{?mode}
\else
\set mode auto
\endif

-- A worker is added by: SELECT citus_add_node('<host>', <port>). Reference tables are copied there when shards are.
SELECT nodename, nodeport, isactive, shouldhaveshards FROM pg_dist_node ORDER BY groupid;
SELECT nodename, nodeport, count(*) AS shards, pg_size_pretty(sum(shard_size)) AS size FROM citus_shards
WHERE citus_table_type = 'distributed' GROUP BY nodename, nodeport ORDER BY nodename, nodeport;

-- The moves that would be made.
SELECT * FROM get_rebalance_table_shards_plan();

\if :{?go}
SELECT citus_rebalance_start(shard_transfer_mode => :'mode');
-- Look at it with monitor.sql; it is stopped by: SELECT citus_rebalance_stop()
SELECT job_id, state, description FROM citus_rebalance_status();
\endif

-- The largest shards: a tenant that fills one alone is moved with it, and needs none of its own.
SELECT table_name, shardid, nodename, nodeport, pg_size_pretty(shard_size) AS size FROM citus_shards
WHERE citus_table_type = 'distributed' ORDER BY shard_size DESC LIMIT 10;

\if :{?tenant}
SELECT format('SELECT isolate_tenant_to_new_shard(%L, %L::%s, ''CASCADE'', shard_transfer_mode => %L)', attrelid::regclass, :'tenant', format_type(atttypid, atttypmod), :'mode')
FROM pg_attribute WHERE attrelid = to_regclass({root}) AND attname = {column} \gexec
SELECT shardid, nodename, nodeport FROM citus_shards WHERE table_name = to_regclass({root}) AND shardid = get_shard_id_for_distribution_column(to_regclass({root}), :'tenant');
-- To a node of its own: SELECT citus_move_shard_placement(<shardid>, '<host>', <port>, '<host>', <port>)
\endif
