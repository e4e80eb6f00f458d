-- What Citus 13.2.2 prints when it refuses: %1$s and so on stand for names. The tests compare it with the table of rules, with
-- the simulated cluster and with a real one.

CREATE TABLE pg_standin.refusal (
    id text PRIMARY KEY,
    sqlstate text NOT NULL,
    message text NOT NULL,
    detail text,
    hint text
);

INSERT INTO pg_standin.refusal (id, sqlstate, message, detail, hint) VALUES
-- Kinds of tables, and what hangs on them.
('owner', '42501', 'must be owner of table %1$s', NULL, NULL),
('already', '42P16', 'table "%1$s" is already distributed', NULL, NULL),
('partition', 'XX000', 'cannot distribute relation "%1$s" which is partition of "%2$s"',
    'Citus does not support distributing partitions if their parent is not distributed table.',
    'Distribute the partitioned table "%2$s" instead.'),
('partition-alone', 'XX000',
    'cannot add local table %1$s to metadata since it is a partition of %2$s. Instead, add the parent table %2$s to metadata.',
    NULL, NULL),
('multi-level', '0A000', 'distributing multi-level partitioned tables is not supported',
    'Relation "%1$s" is partitioned table itself and it is also partition of relation "%2$s".', NULL),
('multi-level-local', '0A000', 'Citus does not support multi-level partitioned tables',
    'Relation "%1$s" is partitioned table itself so cannot be partition of relation "%2$s".', NULL),
('partitioned-reference', '0A000', 'distributing partitioned tables in only supported for hash-distributed tables', NULL, NULL),
('no-partitions', 'XX000', 'Could not find publication matching a split', NULL, NULL),
('check-of-partitioned', '42804', 'child table is missing constraint "%1$s"', NULL, NULL),
('dollars-in-partitioned', '42601', 'syntax error at or near "%1$s"', NULL, NULL),
('kind', '42809', '%1$s is not a regular, foreign or partitioned table', NULL, NULL),
('foreign', 'XX000', 'foreign tables cannot be distributed', NULL,
    'Can add foreign table "%1$s" to metadata by running: SELECT citus_add_local_table_to_metadata($$%2$s$$);'),
('temporary', '0A000', 'cannot distribute a temporary table', NULL, NULL),
('unlogged', '22023', 'cannot add relation "%1$s" to publication', 'This operation is not supported for unlogged tables.', NULL),
('trigger', 'XX000', 'cannot distribute relation "%1$s" because it has triggers', NULL,
    'Consider dropping all the triggers on "%1$s" and retry.'),
('policy', '0A000', 'cannot create policy', 'Subqueries are not supported in policies on distributed tables', NULL),
('policy-later', 'XX000', 'unexpected non-SELECT command in SubLink', NULL, NULL),
('coordinator', 'XX000', 'operation is not allowed when coordinator is not added into metadata', NULL,
    'Use "SELECT citus_set_coordinator_host(''<hostname>'', ''<port>'')" to configure the coordinator hostname and port'),
('replication-factor', '0A000', 'cannot create foreign key constraint',
    'Citus currently supports foreign key constraints only for "citus.shard_replication_factor = 1".', NULL),
-- Columns and groups.
('column', '42703', 'column "%2$s" of relation "%1$s" does not exist', NULL, NULL),
('generated', '0A000', 'cannot distribute relation: %1$s', 'Distribution column must not use GENERATED ALWAYS AS (...) STORED.', NULL),
('scale', '0A000', 'cannot distribute relation: %1$s', 'Distribution column must not use numeric type with negative scale', NULL),
('nondeterministic', '0A000', 'Hash distributed partition columns may not use a non deterministic collation', NULL, NULL),
('not-hashable', '42704', 'data type %1$s has no default operator class for specified partition method',
    'Partition column types must have a default operator class defined.', NULL),
('row-type', '0A000', '"table %1$s" has dependency to "table %2$s" that is not in Citus'' metadata', NULL, NULL),
('sequence', 'XX000', 'The sequence %1$s is already used for a different type in column %2$s of the table %3$s', NULL, NULL),
('not-distributed', 'XX000', 'relation %1$s is not distributed', NULL, NULL),
('with-local', '0A000', 'cannot distribute relation',
    'Currently, colocate_with option is not supported with append / range distributed tables and local tables added to metadata.', NULL),
('other-type', 'XX000', 'cannot colocate tables %1$s and %2$s', 'Distribution column types don''t match for %1$s and %2$s.', NULL),
('other-collation', 'XX000', 'cannot colocate tables %2$s and %1$s',
    'Distribution column collations don''t match for %2$s and %1$s.', NULL),
('key', '0A000', 'cannot create constraint on "%1$s"',
    'Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include the partition column (with an equality operator if EXCLUDE).', NULL),
('index', '0A000', 'creating unique indexes on non-partition columns is currently unsupported', NULL, NULL),
-- Foreign keys.
('references-plain', '42P16', 'referenced table "%1$s" must be a distributed table or a reference table',
    'To enforce foreign keys, the referencing and referenced rows need to be stored on the same node.',
    'You could use SELECT create_reference_table(''%1$s'') to replicate the referenced table to all nodes or consider dropping the foreign key'),
('concurrent-references-plain', '0A000', 'relation %1$s is referenced by a foreign key from %2$s',
    'foreign keys from a distributed table to a regular table are not supported.', NULL),
('concurrent-referenced', '0A000', 'relation %1$s is referenced by a foreign key from %2$s',
    'foreign keys from a %3$s table to a distributed table are not supported.', NULL),
('foreign-key-remains', '0A000', 'relation %1$s is involved in a foreign key relationship with another table', NULL,
    'Use cascade_via_foreign_keys option to add all the relations involved in a foreign key relationship with %1$s to citus metadata by executing SELECT citus_add_local_table_to_metadata($$%1$s$$, cascade_via_foreign_keys=>true)'),
('not-colocated', '0A000',
    'cannot create foreign key constraint since relations are not colocated or not referencing a reference table',
    'A distributed table can only have foreign keys if it is referencing another colocated hash distributed table or a reference table', NULL),
('to-distributed', '0A000',
    'cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported',
    'Reference tables and local tables can only have foreign keys to reference tables and local tables', NULL),
('to-distributed-by-conversion', '0A000',
    'cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported',
    'When adding a foreign key from a local table to a reference table, Citus applies a conversion to all the local tables in the foreign key graph', NULL),
('check-not-planned', '0A000',
    'complex joins are only supported when all distributed tables are co-located and joined on their distribution columns', NULL, NULL),
('not-aligned', '0A000', 'cannot create foreign key constraint',
    'Foreign keys are supported in two cases, either in between two colocated tables including partition column in the same ordinal in the both tables or from distributed to reference tables', NULL),
('on-delete', '0A000', 'cannot create foreign key constraint',
    'SET NULL or SET DEFAULT is not supported in ON DELETE operation when distribution key is included in the foreign key constraint', NULL),
('on-update', '0A000', 'cannot create foreign key constraint',
    'SET NULL, SET DEFAULT or CASCADE is not supported in ON UPDATE operation when distribution key included in the foreign constraint.', NULL),
('default-from-sequence', 'XX000',
    'cannot create foreign key constraint since Citus does not support ON DELETE / UPDATE SET DEFAULT actions on the columns that default to sequences', NULL, NULL),
('action-to-local', '0A000',
    'cannot define foreign key constraint, foreign keys from reference tables to local tables can only be defined with NO ACTION or RESTRICT behaviors',
    NULL, 'You could use SELECT create_reference_table(''%1$s'') to replicate the referenced table to all nodes or consider dropping the foreign key'),
-- Rows that are copied.
('null', '22004', 'the partition column of table %1$s cannot be NULL', NULL, NULL),
('null-concurrent', '22004', 'the partition column value cannot be NULL', NULL, NULL),
('orphan', 'XX000', 'insert or update on table "%1$s" violates foreign key constraint "%2$s"', '%3$s', NULL),
('check', 'XX000', 'new row for relation "%1$s" violates check constraint "%2$s"', '%3$s', NULL),
-- Transactions.
('in-transaction', '25001', 'create_distributed_table_concurrently cannot run inside a transaction block', NULL, NULL),
('another', 'XX000', 'another create_distributed_table_concurrently operation is in progress', NULL,
    'Make sure that the concurrent operation has finished and re-run the command'),
('parallel', 'XX000', 'cannot execute parallel DDL on table "%1$s" after DDL command on reference table "%2$s" because there is a foreign key between them and "%2$s" has been accessed in this transaction',
    'When there is a foreign key to a reference table, Citus needs to perform all operations over a single connection per node to ensure consistency.',
    'Try re-running the transaction with "SET LOCAL citus.multi_shard_modify_mode TO ''sequential'';"'),
('output-plugin', 'XX000', 'library "citus" may not be used as an output plugin', NULL,
    'If it is safe for all REPLICATION users to use this library as an output plugin, add it to "output_plugin_libraries" and reload the server configuration.'),
('wal-level', 'XX000', 'logical decoding requires wal_level >= logical', NULL, NULL),
('slots', '53400', 'all replication slots are in use', NULL, 'Free one or increase max_replication_slots.'),
-- The way back.
('nothing-to-truncate', 'XX000', 'supplied parameter is not a distributed relation',
    'This UDF only truncates local records of distributed tables.', NULL),
('truncate-referenced', 'XX000', 'cannot truncate a table referenced in a foreign key constraint by a local table',
    'Table "%1$s" references "%2$s"', NULL),
('identity', '0A000', 'cannot complete operation on a table with identity column', NULL, NULL),
('not-to-undistribute', 'XX000', 'cannot undistribute table because the table is not distributed', NULL, NULL),
('has-foreign-key', 'XX000', 'cannot complete operation because table %1$s has a foreign key', NULL,
    'Use cascade option to undistribute all the relations involved in a foreign key relationship with %2$s by executing SELECT undistribute_table($$%2$s$$, cascade_via_foreign_keys=>true)'),
('is-referenced', 'XX000', 'cannot complete operation because table %1$s is referenced by a foreign key', NULL,
    'Use cascade option to undistribute all the relations involved in a foreign key relationship with %2$s by executing SELECT undistribute_table($$%2$s$$, cascade_via_foreign_keys=>true)'),
-- Statements on tables that are in the cluster.
('alter', '0A000', 'alter table command is currently unsupported',
    'Only ADD|DROP COLUMN, SET|DROP NOT NULL, SET|DROP DEFAULT, ADD|DROP|VALIDATE CONSTRAINT, SET (), RESET (), ENABLE|DISABLE|NO FORCE|FORCE ROW LEVEL SECURITY, ATTACH|DETACH PARTITION and TYPE subcommands are supported.', NULL),
('rename-constraint', '0A000', 'renaming constraints belonging to distributed tables is currently unsupported', NULL, NULL),
('key-column', 'XX000', 'cannot execute ALTER TABLE command involving partition column', NULL, NULL),
('add-identity', '0A000',
    'cannot execute ADD COLUMN commands involving identity columns when metadata is synchronized to workers', NULL, NULL),
('alter-sequence', 'XX000', 'Altering a distributed sequence is currently not supported.', NULL, NULL),
('alter-owned-sequence', '0A000', 'cannot alter OWNED BY option of a sequence already owned by a distributed table', NULL, NULL),
('triggers', 'XX000', 'triggers are not supported on %1$s tables', NULL, NULL),
('inherits', 'XX000', 'non-distributed tables cannot inherit distributed tables', NULL, NULL);

CREATE FUNCTION pg_standin.refuse(which text, VARIADIC names text[] DEFAULT ARRAY[''])
RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
    it pg_standin.refusal;
BEGIN
    SELECT * INTO STRICT it FROM pg_standin.refusal WHERE id = which;
    -- Nobody takes an empty line for one.
    RAISE EXCEPTION USING ERRCODE = it.sqlstate, MESSAGE = format(it.message, VARIADIC names),
        DETAIL = coalesce(format(it.detail, VARIADIC names), ''), HINT = coalesce(format(it.hint, VARIADIC names), '');
END
$$;
