//! What the cluster must have, and had better have: one list. A gate takes from it what must hold, the preflight looks at all of it.

/// What a plan must use before a check matters.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Needs {
    /// Any distribution.
    Citus,
    /// `create_distributed_table_concurrently`.
    Concurrent,
}

/// What becomes of the distribution when a check does not hold.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Weight {
    /// It would fail, some of it half-way.
    Fail,
    /// It can go on; a person should look.
    Warn,
}

/// A look at the cluster.
pub(crate) struct Check {
    /// What is looked at.
    pub(crate) about: &'static str,
    /// A condition.
    pub(crate) holds: &'static str,
    /// What is there, as a text.
    pub(crate) found: &'static str,
    /// What is wrong when the condition does not hold.
    pub(crate) message: &'static str,
    /// What to do then.
    pub(crate) hint: &'static str,
    pub(crate) needs: Needs,
    pub(crate) weight: Weight,
}

impl Check {
    /// What must hold before the distribution.
    pub(crate) fn demanded(concurrent: bool) -> impl Iterator<Item = &'static Self> {
        Self::looked_at(concurrent).filter(|check| check.weight == Weight::Fail)
    }

    /// What the preflight looks at.
    pub(crate) fn looked_at(concurrent: bool) -> impl Iterator<Item = &'static Self> {
        CHECKS.iter().filter(move |check| concurrent || check.needs == Needs::Citus)
    }
}

const fn fail(about: &'static str, [holds, found, message, hint]: [&'static str; 4]) -> Check {
    Check { about, holds, found, message, hint, needs: Needs::Citus, weight: Weight::Fail }
}

const fn warn(about: &'static str, texts: [&'static str; 4]) -> Check {
    Check { weight: Weight::Warn, ..fail(about, texts) }
}

const fn concurrent(check: Check) -> Check {
    Check { needs: Needs::Concurrent, ..check }
}

/// The extension first: the conditions after it name its tables.
#[rustfmt::skip]
const CHECKS: &[Check] = &[
    fail("extension", [
        "EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')",
        "(SELECT 'citus ' || extversion FROM pg_extension WHERE extname = 'citus')",
        "the extension citus is not installed in this database",
        "install it, add the coordinator and the workers, and run this script on the coordinator",
    ]),
    fail("coordinator", [
        "EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)",
        "(SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE groupid = 0)",
        "the coordinator is not in the cluster's metadata",
        "run: SELECT citus_set_coordinator_host('<host>', <port>)",
    ]),
    fail("workers", [
        "EXISTS (SELECT FROM pg_dist_node WHERE shouldhaveshards AND isactive)",
        "(SELECT count(*) || ' active' FROM pg_dist_node WHERE shouldhaveshards AND isactive AND noderole = 'primary')",
        "no active node may hold shards",
        "run: SELECT citus_add_node('<host>', <port>)",
    ]),
    fail("inactive nodes", [
        "NOT EXISTS (SELECT FROM pg_dist_node WHERE NOT isactive AND noderole = 'primary')",
        "(SELECT string_agg(nodename || ':' || nodeport, ', ') FROM pg_dist_node WHERE NOT isactive AND noderole = 'primary')",
        "a node of the cluster is not active",
        "bring it up and run: SELECT citus_activate_node('<host>', <port>); or remove it: SELECT citus_remove_node('<host>', <port>)",
    ]),
    fail("connections between nodes", [
        "NOT EXISTS (SELECT FROM citus_check_cluster_node_health() WHERE result IS NOT TRUE)",
        "(SELECT string_agg(format('%s:%s does not reach %s:%s', from_nodename, from_nodeport, to_nodename, to_nodeport), ', ') FROM citus_check_cluster_node_health() WHERE result IS NOT TRUE)",
        "a node of the cluster does not reach another one",
        "look whether it runs, at pg_hba.conf and at pg_dist_authinfo: SELECT * FROM citus_check_cluster_node_health()",
    ]),
    fail("versions of the nodes", [
        "(SELECT count(DISTINCT result) = 1 AND bool_and(success) FROM run_command_on_all_nodes($$SELECT current_setting('server_version_num')::int / 10000 || ', citus ' || extversion FROM pg_extension WHERE extname = 'citus'$$))",
        "(SELECT string_agg(DISTINCT result, '; ') FROM run_command_on_all_nodes($$SELECT 'PostgreSQL ' || current_setting('server_version_num')::int / 10000 || ', citus ' || extversion FROM pg_extension WHERE extname = 'citus'$$))",
        "the nodes run different versions of PostgreSQL or Citus",
        "upgrade them, and run ALTER EXTENSION citus UPDATE on each",
    ]),
    fail("encoding and locale of the nodes", [
        "(SELECT count(DISTINCT result) = 1 FROM run_command_on_all_nodes($$SELECT pg_encoding_to_char(encoding) || ', ' || datcollate || ', ' || datctype FROM pg_database WHERE datname = current_database()$$))",
        "(SELECT string_agg(DISTINCT result, '; ') FROM run_command_on_all_nodes($$SELECT pg_encoding_to_char(encoding) || ', ' || datcollate || ', ' || datctype FROM pg_database WHERE datname = current_database()$$))",
        "the databases of the nodes differ in encoding or collation, and so would order and uniqueness of texts",
        "create the database of the workers anew like that of the coordinator",
    ]),
    fail("replication factor", [
        "current_setting('citus.shard_replication_factor') = '1'",
        "current_setting('citus.shard_replication_factor')",
        "with more than one copy of each shard Citus accepts no foreign keys",
        "set citus.shard_replication_factor to 1, and keep copies by streaming replication",
    ]),
    fail("two-phase commit", [
        "(SELECT bool_and(success AND result::int > 0) FROM run_command_on_all_nodes($$SHOW max_prepared_transactions$$))",
        "(SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') FROM run_command_on_all_nodes($$SHOW max_prepared_transactions$$) JOIN pg_dist_node USING (nodeid))",
        "max_prepared_transactions is 0 on a node, and a transaction over several nodes cannot commit",
        "set it to max_connections or more on each node and restart it",
    ]),
    concurrent(fail("wal_level", [
        "current_setting('wal_level') = 'logical'",
        "current_setting('wal_level')",
        "create_distributed_table_concurrently needs wal_level = logical",
        "set it on the coordinator and restart, or plan with method = \"blocking\"",
    ])),
    concurrent(fail("output_plugin_libraries", [
        "coalesce(current_setting('output_plugin_libraries', true) ~ '\\mcitus\\M', true)",
        "coalesce(current_setting('output_plugin_libraries', true), 'not a setting of this server')",
        "this server lets only the libraries in output_plugin_libraries decode changes, and citus is not one of them",
        "run: ALTER DATABASE <this database> SET output_plugin_libraries TO pgoutput, test_decoding, citus; and connect again",
    ])),
    concurrent(fail("replication slots", [
        "current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_replication_slots) >= (SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards)",
        "(SELECT count(*) FROM pg_replication_slots) || ' of ' || current_setting('max_replication_slots') || ' in use'",
        "create_distributed_table_concurrently needs a free replication slot for each node that holds shards",
        "raise max_replication_slots on the coordinator, or drop slots that nobody uses",
    ])),
    concurrent(fail("WAL senders", [
        "current_setting('max_wal_senders')::int - (SELECT count(*) FROM pg_stat_replication) >= (SELECT count(*) FROM pg_dist_node WHERE shouldhaveshards)",
        "(SELECT count(*) FROM pg_stat_replication) || ' of ' || current_setting('max_wal_senders') || ' in use'",
        "create_distributed_table_concurrently needs a free WAL sender for each node that holds shards",
        "raise max_wal_senders on the coordinator",
    ])),
    concurrent(fail("logical replication workers", [
        "(SELECT bool_and(success AND result::int > 0) FROM run_command_on_all_nodes($$SHOW max_logical_replication_workers$$))",
        "(SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') FROM run_command_on_all_nodes($$SHOW max_logical_replication_workers$$) JOIN pg_dist_node USING (nodeid))",
        "a node has no workers for logical replication, which follow the writes while a table is copied",
        "set max_logical_replication_workers and max_worker_processes on it and restart",
    ])),
    concurrent(warn("operations of other databases", [
        "NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name ~ '^citus_shard_' AND database <> current_database()) AND (SELECT bool_and(success AND result = '0') FROM run_command_on_all_nodes($$SELECT count(*) FROM pg_roles WHERE rolname ~ '^citus_shard_(move|split)_subscription_role_'$$))",
        "format('%s slots, roles: %s', (SELECT count(*) FROM pg_replication_slots WHERE slot_name ~ '^citus_shard_' AND database <> current_database()), (SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') FROM run_command_on_all_nodes($$SELECT count(*) FROM pg_roles WHERE rolname ~ '^citus_shard_(move|split)_subscription_role_'$$) JOIN pg_dist_node USING (nodeid)))",
        "a replication slot or a role of an operation of Citus is there that runs or was killed, here or in another database of these servers: where create_distributed_table_concurrently meets the same name it fails half-way, or waits without end",
        "let operations in other databases end, CALL citus_cleanup_orphaned_resources() in each database, and drop the roles that stay, on each node",
    ])),
    warn("shards on the coordinator", [
        "NOT EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0 AND shouldhaveshards)",
        "(SELECT CASE WHEN shouldhaveshards THEN 'it may hold shards' ELSE 'none' END FROM pg_dist_node WHERE groupid = 0)",
        "the coordinator may hold shards, and shares its processors and disk with them",
        "in a cluster with workers run: SELECT citus_set_node_property('<host>', <port>, 'shouldhaveshards', false)",
    ]),
    warn("number of workers", [
        "(SELECT count(*) >= 2 FROM pg_dist_node WHERE groupid <> 0 AND shouldhaveshards AND isactive)",
        "(SELECT count(*)::text FROM pg_dist_node WHERE groupid <> 0 AND shouldhaveshards AND isactive)",
        "there are fewer than two workers",
        "one can typically start with two, and add more as the application grows",
    ]),
    warn("size of the coordinator", [
        "(SELECT total_disk_size >= 500::bigint << 30 FROM citus_local_disk_space_stats()) AND pg_size_bytes(current_setting('shared_buffers')) >= 2::bigint << 30",
        "(SELECT pg_size_pretty(total_disk_size) || ' of disk, shared_buffers ' || current_setting('shared_buffers') FROM citus_local_disk_space_stats())",
        "the coordinator of a managed cluster has 4 vCores, 16 GiB of memory and 512 GiB of disk at the least, and this one seems smaller",
        "no SQL tells processors and memory: compare them yourself; to enlarge the coordinator restarts it",
    ]),
    warn("connections", [
        "(SELECT bool_and(success AND result::int >= current_setting('max_connections')::int) FROM run_command_on_workers($$SHOW max_connections$$))",
        "(SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') || ', coordinator ' || current_setting('max_connections') || ', citus.max_shared_pool_size ' || current_setting('citus.max_shared_pool_size') FROM run_command_on_workers($$SHOW max_connections$$))",
        "a worker lets fewer connections in than the coordinator, which opens some for each of its own",
        "raise max_connections there, or lower citus.max_shared_pool_size",
    ]),
    warn("prepared transactions that a node allows", [
        "(SELECT bool_and(success AND result::boolean) FROM run_command_on_all_nodes($$SELECT current_setting('max_prepared_transactions')::int >= current_setting('max_connections')::int$$))",
        "(SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') FROM run_command_on_all_nodes($$SHOW max_prepared_transactions$$) JOIN pg_dist_node USING (nodeid))",
        "a node allows fewer prepared transactions than connections, and each write over several nodes needs one",
        "set max_prepared_transactions to max_connections or more and restart the node",
    ]),
    warn("output_plugin_libraries of the workers", [
        "(SELECT bool_and(success AND result::boolean) FROM run_command_on_workers($$SELECT coalesce(current_setting('output_plugin_libraries', true) ~ '\\mcitus\\M', true)$$))",
        "(SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') FROM run_command_on_workers($$SELECT coalesce(current_setting('output_plugin_libraries', true), 'not a setting')$$))",
        "a worker lets only the libraries in output_plugin_libraries decode changes: shards that are moved or split later would block their writers",
        "run there: ALTER DATABASE <this database> SET output_plugin_libraries TO pgoutput, test_decoding, citus",
    ]),
    warn("wal_level of the workers", [
        "(SELECT bool_and(success AND result = 'logical') FROM run_command_on_workers($$SHOW wal_level$$))",
        "(SELECT string_agg(nodename || ':' || nodeport || ' ' || result, ', ') FROM run_command_on_workers($$SHOW wal_level$$))",
        "the wal_level of a worker is not logical: shards that are moved later block their writers",
        "set it there and restart before the first rebalancing",
    ]),
    warn("unique constraints", [
        "current_setting('citus.allow_unsafe_constraints', true) IS DISTINCT FROM 'on'",
        "coalesce(current_setting('citus.allow_unsafe_constraints', true), 'not a setting of this version')",
        "citus.allow_unsafe_constraints lets unique constraints pass that no node enforces as a whole",
        "set it to off",
    ]),
    warn("leftovers of failed operations", [
        "NOT EXISTS (SELECT FROM pg_dist_cleanup) AND NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name ~ '^citus_shard_' AND NOT active AND database = current_database()) AND NOT EXISTS (SELECT FROM pg_publication WHERE pubname ~ '^citus_shard_')",
        "format('%s records, %s slots, %s publications', (SELECT count(*) FROM pg_dist_cleanup), (SELECT count(*) FROM pg_replication_slots WHERE slot_name ~ '^citus_shard_' AND NOT active AND database = current_database()), (SELECT count(*) FROM pg_publication WHERE pubname ~ '^citus_shard_'))",
        "an operation of Citus has failed or has just ended: what it left holds back space, and UPDATE and DELETE on tables without a replica identity",
        "wait a minute; what is left then goes by: CALL citus_cleanup_orphaned_resources(), which the script of the distribution calls too",
    ]),
];
