//! What is asked of the stand-in and of a real cluster: their answers to each statement, and what is left behind, must be the same.
//! What they ask of foreign keys, keys and kinds of tables besides is in the scenarios.

/// Statements in an empty schema `s`, one after the other, whatever is answered.
pub(crate) struct Probe {
    pub(crate) name: &'static str,
    pub(crate) statements: &'static [&'static str],
}

/// A table that is referenced, distributed by its key.
const STORES: &str = "CREATE TABLE s.stores (t bigint PRIMARY KEY, latest bigint); INSERT INTO s.stores SELECT i, i FROM generate_series(1, 9) i";
const ORDERS: &str = "CREATE TABLE s.orders (t bigint NOT NULL, id bigint, up bigint, PRIMARY KEY (t, id));
    INSERT INTO s.orders SELECT i, i, i FROM generate_series(1, 9) i";
const COUNTRIES: &str = "CREATE TABLE s.countries (id bigint PRIMARY KEY, name text); INSERT INTO s.countries SELECT i, 'n' FROM generate_series(1, 9) i";
const A: &str = "CREATE TABLE s.a (t bigint NOT NULL, id bigint, x text, PRIMARY KEY (t, id)); INSERT INTO s.a SELECT i, i, i FROM generate_series(1, 9) i";

const PLACE_STORES: &str = "SELECT create_distributed_table('s.stores', 't', colocate_with => 'none')";
const PLACE_ORDERS: &str = "SELECT create_distributed_table('s.orders', 't', colocate_with => 's.stores')";
const PLACE_COUNTRIES: &str = "SELECT create_reference_table('s.countries')";
const PLACE_A: &str = "SELECT create_distributed_table('s.a', 't', colocate_with => 'none')";
const SEQUENTIAL: &str = "SET citus.multi_shard_modify_mode = 'sequential'";
const ALONE: &str = "SET citus.enable_local_reference_table_foreign_keys = off";
const REFERENCE: &str = "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores";

macro_rules! probes {
    ($($name:literal: $($statement:expr),+ $(,)?;)*) => {
        /// All of them.
        pub(crate) const PROBES: &[Probe] = &[$(Probe { name: $name, statements: &[$($statement),+] }),*];
    };
}

probes! {
    // Kinds of tables.
    "a view": "CREATE VIEW s.v AS SELECT 1 AS t", "SELECT create_distributed_table('s.v', 't')", "SELECT create_reference_table('s.v')";
    "a foreign table": "CREATE FOREIGN DATA WRAPPER probed; CREATE SERVER probed FOREIGN DATA WRAPPER probed;
        CREATE FOREIGN TABLE s.f (t bigint) SERVER probed", "SELECT create_distributed_table('s.f', 't')",
        "DROP FOREIGN DATA WRAPPER probed CASCADE";
    "a temporary table": "CREATE TEMP TABLE tmp (t bigint)", "SELECT create_distributed_table('tmp', 't')",
        "SELECT create_reference_table('tmp')", "DROP TABLE tmp";
    "a partition": "CREATE TABLE s.p (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.q PARTITION OF s.p FOR VALUES WITH (MODULUS 1, REMAINDER 0)", "SELECT create_reference_table('s.q')",
        "SELECT citus_add_local_table_to_metadata('s.q')";
    "partitions of partitions": "CREATE TABLE s.p (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.q PARTITION OF s.p FOR VALUES WITH (MODULUS 1, REMAINDER 0) PARTITION BY HASH (t)",
        "SELECT citus_add_local_table_to_metadata('s.p')";
    "an unlogged table": "CREATE UNLOGGED TABLE s.a (t bigint NOT NULL)", PLACE_A;
    "rows without their key": "CREATE TABLE s.a (t bigint, x int); INSERT INTO s.a VALUES (1, 1), (NULL, 2)", PLACE_A;
    "a check that is not valid": A, "ALTER TABLE s.a ADD CONSTRAINT few CHECK (id < 9) NOT VALID", PLACE_A,
        "DELETE FROM s.a WHERE id >= 9", PLACE_A;
    "unsafe triggers": A, "CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f()", PLACE_A,
        "SET citus.enable_unsafe_triggers = on", PLACE_A;
    // Columns and groups.
    "a name as it is written": A, "SELECT create_distributed_table('s.a', 'T')", "SELECT create_distributed_table('s.a', '\"t\"')";
    "a negative scale": "CREATE TABLE s.a (t numeric(3,-2) NOT NULL)", PLACE_A;
    "a collation that takes texts for equal": "CREATE COLLATION s.alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE s.a (t text COLLATE s.alike NOT NULL)", PLACE_A;
    "types with and without hashing": "CREATE TABLE s.a (t money)", PLACE_A, "DROP TABLE s.a", "CREATE TABLE s.a (t xml)", PLACE_A,
        "DROP TABLE s.a", "CREATE TABLE s.a (t varchar(9))", PLACE_A, "DROP TABLE s.a", "CREATE TABLE s.a (t int[])", PLACE_A,
        "DROP TABLE s.a", "CREATE TABLE s.a (t int4range)", PLACE_A, "DROP TABLE s.a", "CREATE TABLE s.a (t tsvector)", PLACE_A;
    "the default group": A, ORDERS, "SELECT create_distributed_table('s.a', 't')", "SELECT create_distributed_table('s.orders', 't')";
    "another number of shards": A, ORDERS, "SELECT create_distributed_table('s.a', 't')",
        "SELECT create_distributed_table('s.orders', 't', shard_count => 3)";
    "a name and a length": "CREATE TABLE s.a (t varchar(9)); CREATE TABLE s.b (t varchar(5)); CREATE TABLE s.c (t text)", PLACE_A,
        "SELECT create_distributed_table('s.b', 't', colocate_with => 's.a')", "SELECT create_distributed_table('s.c', 't', colocate_with => 's.a')";
    "with a reference table": A, COUNTRIES, PLACE_COUNTRIES, "SELECT create_distributed_table('s.a', 't', colocate_with => 's.countries')";
    "with a local table of the cluster": A, ORDERS, "SELECT citus_add_local_table_to_metadata('s.a')",
        "SELECT create_distributed_table('s.orders', 't', colocate_with => 's.a')";
    "the types of sequences": "CREATE SEQUENCE s.q; CREATE SEQUENCE s.p AS int",
        "CREATE TABLE s.a (t bigint NOT NULL, n int DEFAULT nextval('s.q'), m bigint DEFAULT nextval('s.p'), o text DEFAULT nextval('s.p'))", PLACE_A,
        "ALTER TABLE s.a DROP COLUMN o", PLACE_A;
    // Foreign keys.
    "the plain table that references": STORES, ORDERS, REFERENCE, PLACE_STORES, "DELETE FROM s.stores WHERE t = 3",
        "INSERT INTO s.orders VALUES (77, 1)", PLACE_ORDERS, "DELETE FROM s.orders WHERE t = 3", PLACE_ORDERS,
        "DELETE FROM s.stores WHERE t = 4";
    "cascades that are not carried out": STORES, ORDERS,
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores ON DELETE CASCADE", PLACE_STORES,
        "DELETE FROM s.stores WHERE t = 3", "SELECT create_distributed_table('s.orders', 't', colocate_with => 's.stores')";
    "a foreign key that is not valid": STORES, ORDERS, "INSERT INTO s.orders VALUES (77, 1)",
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores NOT VALID", PLACE_STORES, PLACE_ORDERS;
    "added, then validated": STORES, ORDERS, PLACE_STORES, PLACE_ORDERS, "INSERT INTO s.orders VALUES (77, 1)", REFERENCE,
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores NOT VALID",
        "DELETE FROM s.orders WHERE t = 77", "ALTER TABLE s.orders VALIDATE CONSTRAINT fk", "DELETE FROM s.stores WHERE t = 1";
    "the actions of an added foreign key": STORES, ORDERS, PLACE_STORES, PLACE_ORDERS,
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores ON DELETE SET NULL",
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores ON UPDATE CASCADE",
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (up) REFERENCES s.stores",
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.stores ON DELETE CASCADE";
    "a foreign key to a reference table": COUNTRIES, ORDERS, "SELECT create_distributed_table('s.orders', 't')", PLACE_COUNTRIES,
        "ALTER TABLE s.orders ADD CONSTRAINT fk FOREIGN KEY (up) REFERENCES s.countries ON DELETE SET NULL ON UPDATE CASCADE";
    "a foreign key to what was converted": COUNTRIES, ORDERS, STORES, PLACE_COUNTRIES,
        "ALTER TABLE s.stores ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.countries", "SELECT create_distributed_table('s.orders', 't')",
        REFERENCE;
    "a plain table that references a distributed and a reference one": COUNTRIES, ORDERS, STORES, REFERENCE, PLACE_STORES, PLACE_COUNTRIES,
        "ALTER TABLE s.orders ADD CONSTRAINT again FOREIGN KEY (up) REFERENCES s.countries";
    "a foreign key when a table is made": STORES, PLACE_STORES, "CREATE TABLE s.later (t bigint REFERENCES s.stores)",
        "SELECT create_distributed_table('s.later', 't', colocate_with => 's.stores')";
    "two tables that reference each other": STORES, ORDERS, REFERENCE,
        "ALTER TABLE s.stores ADD CONSTRAINT back FOREIGN KEY (t, latest) REFERENCES s.orders (t, id)", PLACE_STORES,
        "ALTER TABLE s.stores DROP CONSTRAINT back", PLACE_STORES, PLACE_ORDERS,
        "ALTER TABLE s.stores ADD CONSTRAINT back FOREIGN KEY (t, latest) REFERENCES s.orders (t, id)";
    "a cycle over reference tables": COUNTRIES, STORES, "ALTER TABLE s.stores ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.countries", ALONE,
        PLACE_COUNTRIES, "DELETE FROM s.countries WHERE id = 1", "SELECT create_reference_table('s.stores')",
        "DELETE FROM s.stores WHERE t = 1", "SELECT create_reference_table('s.stores')", "DELETE FROM s.countries WHERE id = 2";
    // Connections and transactions.
    "over many connections": COUNTRIES, STORES, ORDERS, ALONE, PLACE_COUNTRIES,
        "ALTER TABLE s.stores ADD CONSTRAINT up FOREIGN KEY (t) REFERENCES s.countries", REFERENCE, PLACE_STORES, PLACE_ORDERS, SEQUENTIAL,
        PLACE_ORDERS;
    "over many connections, without rows": COUNTRIES, STORES, ORDERS, "DELETE FROM s.orders", ALONE, PLACE_COUNTRIES,
        "ALTER TABLE s.stores ADD CONSTRAINT up FOREIGN KEY (t) REFERENCES s.countries", REFERENCE, PLACE_STORES, PLACE_ORDERS;
    "one transaction": COUNTRIES, STORES, ORDERS, REFERENCE, "ALTER TABLE s.orders ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES s.countries",
        "BEGIN", SEQUENTIAL, ALONE, PLACE_COUNTRIES, PLACE_STORES, PLACE_ORDERS, "COMMIT",
        "SELECT truncate_local_data_after_distributing_table('s.stores')";
    "one transaction without the foreign keys": STORES, ORDERS, REFERENCE, "BEGIN", SEQUENTIAL, "ALTER TABLE s.orders DROP CONSTRAINT fk",
        PLACE_STORES, PLACE_ORDERS, REFERENCE, "COMMIT", "DELETE FROM s.stores WHERE t = 1";
    "taken back": STORES, "BEGIN", PLACE_STORES, "ROLLBACK", PLACE_STORES;
    "concurrently in a transaction": A, "BEGIN", "SELECT create_distributed_table_concurrently('s.a', 't')", "ROLLBACK";
    "concurrently with other statements": A, "SELECT 1; SELECT create_distributed_table_concurrently('s.a', 't')";
    // The concurrent function.
    "concurrently, what it loses": "CREATE TABLE s.a (t bigint NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, n bigserial, PRIMARY KEY (t, id))",
        "COMMENT ON TABLE s.a IS 'c'; COMMENT ON COLUMN s.a.t IS 'c'; COMMENT ON CONSTRAINT a_pkey ON s.a IS 'c'",
        "INSERT INTO s.a (t) SELECT i FROM generate_series(1, 5) i",
        "CREATE VIEW s.v AS SELECT t FROM s.a", "GRANT SELECT ON s.v TO PUBLIC", "COMMENT ON VIEW s.v IS 'c'",
        "CREATE MATERIALIZED VIEW s.m AS SELECT t FROM s.v", "CREATE INDEX i ON s.m (t)", "GRANT SELECT ON s.m TO PUBLIC",
        "SELECT create_distributed_table_concurrently('s.a', 't', colocate_with => 'none')";
    "concurrently, with triggers": A, "CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f()",
        "COMMENT ON TABLE s.a IS 'c'", "SELECT create_distributed_table_concurrently('s.a', 't', colocate_with => 'none')";
    "concurrently, rows without their key": "CREATE TABLE s.a (t bigint, x int PRIMARY KEY); INSERT INTO s.a VALUES (1, 1), (NULL, 2)",
        "ALTER TABLE s.a DROP CONSTRAINT a_pkey", "ALTER TABLE s.a REPLICA IDENTITY FULL",
        "SELECT create_distributed_table_concurrently('s.a', 't', colocate_with => 'none')";
    "concurrently, a table of the cluster": A, PLACE_A, "SELECT create_distributed_table_concurrently('s.a', 't')";
    "concurrently, referenced by a reference table": COUNTRIES, STORES,
        "ALTER TABLE s.countries ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES s.stores", PLACE_COUNTRIES,
        "SELECT create_distributed_table_concurrently('s.stores', 't')";
    "concurrently, to a reference table": COUNTRIES, STORES, "ALTER TABLE s.stores ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.countries",
        PLACE_COUNTRIES, "SELECT create_distributed_table_concurrently('s.stores', 't', colocate_with => 'none')";
    "concurrently, to a reference table from a plain one": COUNTRIES, STORES,
        "ALTER TABLE s.stores ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s.countries", ALONE, PLACE_COUNTRIES,
        "SELECT create_distributed_table_concurrently('s.stores', 't', colocate_with => 'none')";
    // Local tables of the cluster.
    "conversion of what is connected": COUNTRIES, STORES, ORDERS, REFERENCE,
        "ALTER TABLE s.stores ADD CONSTRAINT up FOREIGN KEY (t) REFERENCES s.countries",
        "COMMENT ON TABLE s.orders IS 'c'; COMMENT ON COLUMN s.stores.t IS 'c'; COMMENT ON CONSTRAINT fk ON s.orders IS 'c'; COMMENT ON TABLE s.countries IS 'c'",
        "ALTER TABLE s.orders ADD COLUMN g bigint GENERATED BY DEFAULT AS IDENTITY",
        "CREATE VIEW s.v AS SELECT t FROM s.orders", "GRANT SELECT ON s.v TO PUBLIC", "CREATE MATERIALIZED VIEW s.m AS SELECT t FROM s.v",
        PLACE_COUNTRIES, PLACE_STORES, PLACE_ORDERS;
    "conversion of one of many": COUNTRIES, STORES, ORDERS, A,
        "CREATE TABLE s.other (id bigint REFERENCES s.countries)",
        "ALTER TABLE s.stores ADD CONSTRAINT up FOREIGN KEY (t) REFERENCES s.countries",
        "ALTER TABLE s.orders ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES s.countries",
        "CREATE TABLE s.behind (id bigint PRIMARY KEY); ALTER TABLE s.orders ADD FOREIGN KEY (id) REFERENCES s.behind NOT VALID",
        ALONE, PLACE_COUNTRIES, PLACE_STORES, "RESET citus.enable_local_reference_table_foreign_keys",
        "ALTER TABLE s.orders DROP CONSTRAINT up",
        "ALTER TABLE s.orders ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES s.countries NOT VALID";
    "what a view loses": A, "CREATE VIEW s.v AS SELECT t, id FROM s.a", "ALTER VIEW s.v ALTER COLUMN id SET DEFAULT 1",
        "CREATE RULE gone AS ON DELETE TO s.v DO INSTEAD NOTHING", "SELECT citus_add_local_table_to_metadata('s.a')";
    "conversion and back": COUNTRIES, STORES, PLACE_COUNTRIES, "COMMENT ON TABLE s.stores IS 'c'",
        "ALTER TABLE s.stores ADD CONSTRAINT up FOREIGN KEY (t) REFERENCES s.countries", "COMMENT ON TABLE s.stores IS 'd'",
        "ALTER TABLE s.stores DROP CONSTRAINT up";
    "conversion and back with an identity column": COUNTRIES, "CREATE TABLE s.i (id bigint GENERATED ALWAYS AS IDENTITY)", PLACE_COUNTRIES,
        "ALTER TABLE s.i ADD CONSTRAINT up FOREIGN KEY (id) REFERENCES s.countries", "ALTER TABLE s.i DROP CONSTRAINT up",
        "SELECT create_distributed_table('s.i', 'id')";
    "added to the metadata": A, "COMMENT ON TABLE s.a IS 'c'", "SELECT citus_add_local_table_to_metadata('s.a')",
        "SELECT citus_add_local_table_to_metadata('s.a')", "SELECT undistribute_table('s.a')";
    "added to the metadata with foreign keys": STORES, ORDERS, REFERENCE, "SELECT citus_add_local_table_to_metadata('s.orders')",
        "SELECT citus_add_local_table_to_metadata('s.orders', cascade_via_foreign_keys => true)", PLACE_STORES;
    "a local table of the cluster is distributed": A, "SELECT citus_add_local_table_to_metadata('s.a')", PLACE_A;
    "a plain table that a reference table references": COUNTRIES, STORES, PLACE_COUNTRIES,
        "ALTER TABLE s.countries ADD CONSTRAINT fk FOREIGN KEY (id) REFERENCES s.stores",
        "ALTER TABLE s.countries ADD CONSTRAINT again FOREIGN KEY (id) REFERENCES s.stores ON DELETE CASCADE";
    "a check that is not valid on a local table": A, "ALTER TABLE s.a ADD CONSTRAINT few CHECK (id < 9) NOT VALID",
        "SELECT citus_add_local_table_to_metadata('s.a')";
    "a check that is not valid, put back": A, "ALTER TABLE s.a ADD CONSTRAINT few CHECK (id < 9) NOT VALID",
        "BEGIN", "SELECT citus_add_local_table_to_metadata('s.a')", "ALTER TABLE s.a DROP CONSTRAINT few",
        "ALTER TABLE s.a ADD CONSTRAINT few CHECK (id < 9) NOT VALID", "COMMIT", "DELETE FROM s.a WHERE id >= 9",
        "SELECT create_distributed_table_concurrently('s.a', 't', colocate_with => 'none')";
    "a check of a partitioned local table": "CREATE TABLE s.p (t bigint NOT NULL CONSTRAINT few CHECK (t < 9)) PARTITION BY HASH (t);
        CREATE TABLE s.q PARTITION OF s.p FOR VALUES WITH (MODULUS 1, REMAINDER 0)", "SELECT citus_add_local_table_to_metadata('s.p')",
        "SELECT create_distributed_table_concurrently('s.p', 't', colocate_with => 'none')",
        "SELECT create_distributed_table('s.p', 't', colocate_with => 'none')", "SELECT undistribute_table('s.p')";
    "a check of a local table without partitions": "CREATE TABLE s.p (t bigint NOT NULL CONSTRAINT few CHECK (t < 9)) PARTITION BY HASH (t)",
        "SELECT citus_add_local_table_to_metadata('s.p')";
    "dollars in the name of an index": "CREATE TABLE s.p (t bigint NOT NULL CONSTRAINT \"p$$\" PRIMARY KEY) PARTITION BY HASH (t);
        CREATE TABLE s.q PARTITION OF s.p FOR VALUES WITH (MODULUS 1, REMAINDER 0)", "SELECT citus_add_local_table_to_metadata('s.p')";
    "dollars in the name of a partition": "CREATE TABLE s.p (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.\"q$$\" PARTITION OF s.p FOR VALUES WITH (MODULUS 1, REMAINDER 0)", "SELECT citus_add_local_table_to_metadata('s.p')";
    "dollars in the name of a partitioned table": "CREATE TABLE s.\"p$$\" (t bigint NOT NULL) PARTITION BY HASH (t);
        CREATE TABLE s.q PARTITION OF s.\"p$$\" FOR VALUES WITH (MODULUS 1, REMAINDER 0)", "SELECT citus_add_local_table_to_metadata('s.p$$')";
    // Statements that stay on the coordinator.
    "without propagation": "CREATE TABLE s.a (t bigint NOT NULL, n bigserial, x int); INSERT INTO s.a (t) VALUES (1), (2)",
        "CREATE TABLE s.b (t bigint, n bigint)", PLACE_A, "ALTER SEQUENCE s.a_n_seq OWNED BY s.b.n", "ALTER SEQUENCE s.a_n_seq INCREMENT BY 5",
        "SET citus.enable_ddl_propagation = off", "ALTER SEQUENCE s.a_n_seq OWNED BY s.b.n", "ALTER SEQUENCE s.a_n_seq INCREMENT BY 5",
        "ALTER SEQUENCE s.a_n_seq OWNED BY NONE", "ALTER SEQUENCE s.a_n_seq OWNED BY s.a.t",
        "CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f()", "ALTER TABLE s.a ALTER COLUMN n SET STATISTICS 10",
        "ALTER TABLE s.a SET SCHEMA public", "ALTER TABLE public.a SET SCHEMA s", "SET citus.enable_ddl_propagation = on",
        "ALTER TABLE s.a ALTER COLUMN n SET STATISTICS 20", "DROP TRIGGER g ON s.a";
    "sequences and their owners": "CREATE SEQUENCE s.q; CREATE TABLE s.a (t bigint NOT NULL, n bigint DEFAULT nextval('s.q'))",
        "CREATE TABLE s.b (t bigint, n bigint)", PLACE_A, "ALTER SEQUENCE s.q OWNED BY s.b.n", "ALTER SEQUENCE s.q OWNED BY s.a.n",
        "SET citus.enable_ddl_propagation = off", "ALTER SEQUENCE s.q OWNED BY s.b.n", "ALTER SEQUENCE s.q OWNED BY s.a.n",
        "ALTER SEQUENCE s.q OWNED BY s.b.n", "ALTER SEQUENCE s.q OWNED BY s.a.t", "DROP SEQUENCE s.q CASCADE";
    // The way back.
    "what a table loses on the way back": "CREATE TABLE s.a (t bigint NOT NULL, n bigserial, PRIMARY KEY (t, n)); INSERT INTO s.a (t) VALUES (1), (2)",
        "COMMENT ON TABLE s.a IS 'c'", "CREATE VIEW s.v AS SELECT t FROM s.a", "GRANT SELECT ON s.v TO PUBLIC",
        "CREATE MATERIALIZED VIEW s.m AS SELECT t FROM s.a", "CREATE INDEX i ON s.m (t)", PLACE_A, "SELECT undistribute_table('s.a')";
    "functions of its rows": A, "CREATE FUNCTION s.f(s.a) RETURNS bigint LANGUAGE sql AS 'SELECT $1.t'",
        "CREATE FUNCTION s.g() RETURNS SETOF s.a LANGUAGE sql AS 'SELECT * FROM s.a'", PLACE_A, "SELECT undistribute_table('s.a')";
    "names that need quotes": "CREATE TABLE s.\"User's\" (\"the T\" bigint PRIMARY KEY); INSERT INTO s.\"User's\" VALUES (1)",
        "SELECT create_distributed_table('s.\"User''s\"', 'the T', colocate_with => 'none')",
        "CREATE UNIQUE INDEX ON s.\"User's\" ((\"the T\" + 1))", "SELECT undistribute_table('s.\"User''s\"')";
    "columns of its rows": A, "CREATE TABLE s.b (t bigint NOT NULL, a s.a)", PLACE_A,
        "SELECT create_distributed_table('s.b', 't', colocate_with => 's.a')", "SELECT undistribute_table('s.a')";
    "undistributing with foreign keys": COUNTRIES, STORES, ORDERS, REFERENCE,
        "ALTER TABLE s.orders ADD CONSTRAINT up FOREIGN KEY (up) REFERENCES s.countries", ALONE, SEQUENTIAL, PLACE_COUNTRIES, PLACE_STORES,
        PLACE_ORDERS, "SELECT undistribute_table('s.orders')", "SELECT undistribute_table('s.stores')",
        "SELECT undistribute_table('s.orders', cascade_via_foreign_keys => true)";
    "undistributing a plain table": A, "SELECT undistribute_table('s.a')";
    "truncating behind the table": STORES, ORDERS, "CREATE TABLE s.lines (t bigint, id bigint, FOREIGN KEY (t, id) REFERENCES s.orders)",
        "INSERT INTO s.lines VALUES (1, 1)", REFERENCE, PLACE_STORES, PLACE_ORDERS,
        "SELECT truncate_local_data_after_distributing_table('s.orders')", "SELECT truncate_local_data_after_distributing_table('s.stores')";
    "truncating what was converted": A, "SELECT citus_add_local_table_to_metadata('s.a')",
        "SELECT truncate_local_data_after_distributing_table('s.a')";
    "truncating twice": A, PLACE_A, "SELECT truncate_local_data_after_distributing_table('s.a')",
        "SELECT truncate_local_data_after_distributing_table('s.a')";
    // Statements on tables of the cluster.
    "keys of a distributed table": A, PLACE_A, "CREATE UNIQUE INDEX i ON s.a (id)", "CREATE UNIQUE INDEX i ON s.a (id) INCLUDE (t)",
        "ALTER TABLE s.a ADD CONSTRAINT u UNIQUE (id)", "ALTER TABLE s.a ADD CONSTRAINT u UNIQUE (id) INCLUDE (t)",
        "CREATE UNIQUE INDEX i ON s.a (id, t)", "ALTER TABLE s.a ADD CONSTRAINT e EXCLUDE USING btree (id WITH =)",
        "ALTER TABLE s.a ADD CONSTRAINT e EXCLUDE USING btree (t WITH =, id WITH =)";
    "keys of a reference table": COUNTRIES, PLACE_COUNTRIES, "CREATE UNIQUE INDEX i ON s.countries (id, name)",
        "ALTER TABLE s.countries ADD CONSTRAINT u UNIQUE (name, id)";
    "names of constraints": A, PLACE_A, "ALTER TABLE s.a RENAME CONSTRAINT a_pkey TO b", "ALTER INDEX s.a_pkey RENAME TO b",
        "ALTER TABLE s.a RENAME COLUMN x TO y", "ALTER TABLE s.a RENAME COLUMN t TO u";
    "subcommands that Citus does not know": A, PLACE_A, "ALTER TABLE s.a ALTER COLUMN x SET STATISTICS 99",
        "ALTER TABLE s.a ALTER COLUMN x SET STORAGE EXTERNAL", "ALTER TABLE s.a CLUSTER ON a_pkey",
        "ALTER TABLE s.a ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY",
        "ALTER TABLE s.a ADD CONSTRAINT up FOREIGN KEY (t, id) REFERENCES s.a", "ALTER TABLE s.a ALTER CONSTRAINT up DEFERRABLE";
    "subcommands that Citus knows": A, PLACE_A, "ALTER TABLE s.a ADD COLUMN y int DEFAULT 1", "ALTER TABLE s.a ALTER COLUMN x SET NOT NULL",
        "ALTER TABLE s.a ALTER COLUMN x DROP NOT NULL", "ALTER TABLE s.a ADD CONSTRAINT k CHECK (id > 0) NOT VALID",
        "ALTER TABLE s.a VALIDATE CONSTRAINT k", "ALTER TABLE s.a DROP CONSTRAINT k", "ALTER TABLE s.a ALTER COLUMN x TYPE varchar(99)",
        "ALTER TABLE s.a DROP COLUMN y", "ALTER TABLE s.a ENABLE ROW LEVEL SECURITY", "ALTER TABLE s.a REPLICA IDENTITY FULL",
        "COMMENT ON TABLE s.a IS 'c'", "ALTER TABLE s.a RENAME TO b";
    "the distribution column": A, PLACE_A, "ALTER TABLE s.a ALTER COLUMN t TYPE int", "ALTER TABLE s.a DROP CONSTRAINT a_pkey",
        "ALTER TABLE s.a ALTER COLUMN t DROP NOT NULL", "ALTER TABLE s.a DROP COLUMN t";
    "an identity column is added": A, PLACE_A, "ALTER TABLE s.a ADD COLUMN i bigint GENERATED ALWAYS AS IDENTITY";
    "triggers on tables of the cluster": A, COUNTRIES, PLACE_A, PLACE_COUNTRIES,
        "CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON s.a FOR EACH ROW EXECUTE FUNCTION s.f()",
        "CREATE TRIGGER g BEFORE INSERT ON s.countries FOR EACH ROW EXECUTE FUNCTION s.f()";
    "policies": A, PLACE_A, "ALTER TABLE s.a ENABLE ROW LEVEL SECURITY", "CREATE POLICY p ON s.a USING (t IN (SELECT 1))",
        "CREATE POLICY p ON s.a USING (t > 1)";
    "sequences of tables of the cluster": "CREATE TABLE s.a (t bigint NOT NULL, n bigserial)", PLACE_A, "ALTER SEQUENCE s.a_n_seq RESTART 7",
        "ALTER SEQUENCE s.a_n_seq OWNED BY NONE", "ALTER SEQUENCE s.a_n_seq RENAME TO b", "SELECT setval('s.b', 9)";
    "inheriting": A, PLACE_A, "CREATE TABLE s.b () INHERITS (s.a)";
    "partitions that come later": "CREATE TABLE s.p (t bigint NOT NULL, d int NOT NULL) PARTITION BY LIST (d);
        CREATE TABLE s.q PARTITION OF s.p FOR VALUES IN (1)", "SELECT create_distributed_table('s.p', 't', colocate_with => 'none')",
        "CREATE TABLE s.r PARTITION OF s.p FOR VALUES IN (2)", "CREATE TABLE s.u (t bigint NOT NULL, d int NOT NULL)",
        "ALTER TABLE s.p ATTACH PARTITION s.u FOR VALUES IN (3)", "ALTER TABLE s.p DETACH PARTITION s.q";
    "a partitioned table with foreign keys": STORES, "CREATE TABLE s.p (t bigint NOT NULL REFERENCES s.stores, d int NOT NULL) PARTITION BY LIST (d);
        CREATE TABLE s.q PARTITION OF s.p FOR VALUES IN (1)", "INSERT INTO s.p VALUES (1, 1)", PLACE_STORES,
        "SELECT create_distributed_table('s.p', 't', colocate_with => 's.stores')", "DELETE FROM s.stores WHERE t = 1",
        "SELECT truncate_local_data_after_distributing_table('s.stores')";
    // New tables in a schema of their own, exchanged with the live ones.
    "shadows": "CREATE SCHEMA IF NOT EXISTS s2", STORES, COUNTRIES,
        "CREATE TABLE s2.countries (id bigint PRIMARY KEY, name text)", "CREATE TABLE s2.stores (t bigint PRIMARY KEY, latest bigint)",
        "CREATE TABLE s2.orders (t bigint NOT NULL, id bigint, c bigint, PRIMARY KEY (t, id))",
        "SELECT create_reference_table('s2.countries')", "SELECT create_distributed_table('s2.stores', 't', colocate_with => 'none')",
        "SELECT create_distributed_table('s2.orders', 't', colocate_with => 's2.stores')",
        "INSERT INTO s2.countries SELECT * FROM s.countries", "INSERT INTO s2.stores SELECT * FROM s.stores",
        "ALTER TABLE s2.orders ADD CONSTRAINT fk FOREIGN KEY (t) REFERENCES s2.stores",
        "ALTER TABLE s2.orders ADD CONSTRAINT up FOREIGN KEY (c) REFERENCES s2.countries NOT VALID",
        "ALTER TABLE s2.orders VALIDATE CONSTRAINT up",
        "INSERT INTO s2.orders VALUES (99, 1, 1)",
        "BEGIN", "SET LOCAL citus.multi_shard_modify_mode = 'sequential'", "DROP TABLE s.stores, s.countries",
        "ALTER TABLE s2.stores SET SCHEMA s", "ALTER TABLE s2.orders SET SCHEMA s", "ALTER TABLE s2.countries SET SCHEMA s", "COMMIT",
        "DROP SCHEMA s2", "INSERT INTO s.orders VALUES (1, 1, 77)", "INSERT INTO s.orders VALUES (1, 1, 7)";
    "sequences that are shared": "CREATE SEQUENCE s.q", "CREATE TABLE s.a (t bigint NOT NULL, n bigint DEFAULT nextval('s.q'))",
        "CREATE TABLE s.b (t bigint NOT NULL, n bigint DEFAULT nextval('s.q'))", PLACE_A,
        "SELECT create_distributed_table('s.b', 't', colocate_with => 's.a')";
    "sequences that are shared by two types": "CREATE SEQUENCE s.q", "CREATE TABLE s.a (t bigint NOT NULL, n bigint DEFAULT nextval('s.q'))",
        "CREATE TABLE s.b (t bigint NOT NULL, n int DEFAULT nextval('s.q'))", PLACE_A,
        "SELECT create_distributed_table('s.b', 't', colocate_with => 's.a')";
}
