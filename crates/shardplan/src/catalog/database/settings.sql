-- Settings that matter to a plan. The view leaves out what the role may not see (shared_preload_libraries).
SELECT s.name, s.setting
FROM pg_settings AS s
WHERE s.name IN (
        'server_version', 'server_version_num', 'wal_level', 'max_replication_slots', 'max_wal_senders',
        'max_worker_processes', 'max_prepared_transactions', 'shared_preload_libraries', 'output_plugin_libraries'
    )
    OR s.name LIKE 'citus.%'
ORDER BY s.name
