//! `ALTER` and `DROP`.

use super::{column, read, shown, skipped, table};
use crate::catalog::{Identity, Persistence, ReplicaIdentity, RowSecurity, Timing};

#[test]
fn columns_are_added_dropped_renamed_and_changed() {
    let catalog = read(
        "CREATE TABLE t (a int, b int, c text NOT NULL, CHECK (b > 0)); CREATE INDEX ON t (lower(c)) WHERE b > 0;
         ALTER TABLE ONLY t ADD COLUMN d serial, DROP COLUMN IF EXISTS nope, ALTER c DROP NOT NULL, ALTER c SET DEFAULT 'x',
           ALTER COLUMN a TYPE bigint USING a::bigint, ALTER a SET NOT NULL, ALTER COLUMN a SET STATISTICS 100;
         ALTER TABLE t RENAME COLUMN b TO \"B\"; ALTER TABLE t RENAME c TO cc; ALTER TABLE t ALTER cc DROP DEFAULT;",
    );
    let found = table(&catalog, "t");
    let a = column(&catalog, "t", "a");
    assert_eq!((a.data_type.as_str(), a.not_null), ("bigint", true));
    let c = column(&catalog, "t", "cc");
    assert_eq!((c.not_null, &c.default), (false, &None));
    assert_eq!(found.checks[0].expression, "\"B\" > 0");
    assert_eq!(found.indexes[0].predicate.as_deref(), Some("\"B\" > 0"));
    assert_eq!(column(&catalog, "t", "d").sequence.as_ref().unwrap().name, "t_d_seq");
}

#[test]
fn a_dropped_column_takes_what_mentions_it() {
    let catalog = read(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int UNIQUE REFERENCES p, b serial, CHECK (a > 0));
         CREATE INDEX ON t (b) WHERE a > 1; ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP b;",
    );
    let found = table(&catalog, "t");
    assert!(found.columns.is_empty() && found.unique.is_empty() && found.indexes.is_empty() && found.checks.is_empty());
    assert!(catalog.foreign_keys.is_empty() && catalog.sequences.is_empty());
}

#[test]
fn identity_is_added_as_a_dump_writes_it() {
    let catalog = read(
        "CREATE TABLE public.t (id integer NOT NULL);\nALTER TABLE public.t ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.other_seq\n    START WITH 1\n    INCREMENT BY 1\n    NO MINVALUE\n    NO MAXVALUE\n    CACHE 1\n);",
    );
    assert_eq!(column(&catalog, "t", "id").identity, Some(Identity::Always));
    assert_eq!(catalog.sequences[0].name.name, "other_seq");
    assert!(catalog.sequences[0].identity);
}

#[test]
fn constraints_are_added_changed_and_dropped() {
    let catalog = read(
        "CREATE TABLE p (id int); CREATE UNIQUE INDEX pi ON p (id); ALTER TABLE p ADD CONSTRAINT pk PRIMARY KEY USING INDEX pi;
         CREATE TABLE t (a int, CONSTRAINT gone CHECK (a > 0), CONSTRAINT old UNIQUE (a));
         ALTER TABLE ONLY t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p NOT VALID,
           ADD CONSTRAINT c CHECK (a > 1) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT f;
         ALTER TABLE t ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED; ALTER TABLE t DROP CONSTRAINT gone;
         ALTER TABLE t RENAME CONSTRAINT old TO new;",
    );
    assert_eq!(table(&catalog, "p").primary_key.as_ref().unwrap().name, "pk");
    assert!(table(&catalog, "p").indexes.is_empty() && column(&catalog, "p", "id").not_null);
    let found = table(&catalog, "t");
    assert_eq!((found.checks.len(), found.checks[0].validated), (1, false));
    assert_eq!(found.unique[0].name, "new");
    assert_eq!((catalog.foreign_keys[0].validated, catalog.foreign_keys[0].timing), (true, Timing::Deferred));
}

#[test]
fn a_new_name_reaches_all_that_mention_the_old_one() {
    let catalog = read(
        "CREATE TABLE p (id serial PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); CREATE VIEW v AS SELECT * FROM p;
         CREATE PUBLICATION pub FOR TABLE p; ALTER TABLE p RENAME TO q; ALTER TABLE q SET SCHEMA app;
         ALTER INDEX app.p_pkey RENAME TO q_pk; ALTER VIEW v RENAME TO w;",
    );
    assert_eq!(shown(&catalog), ["c_p_fkey: c(p) -> app.q(id)"]);
    assert_eq!(catalog.views[0].name.name, "w");
    assert_eq!(catalog.views[0].reads[0].to_string(), "app.q");
    assert_eq!(catalog.publications[0].tables[0].to_string(), "app.q");
    assert_eq!(table(&catalog, "app.q").primary_key.as_ref().unwrap().name, "q_pk");
    assert_eq!(column(&catalog, "app.q", "id").default.as_deref(), Some("nextval('app.p_id_seq'::regclass)"));
}

#[test]
fn attributes_of_tables() {
    let catalog = read(
        "CREATE TABLE t (a int PRIMARY KEY); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS '';
         CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
         ALTER TABLE t REPLICA IDENTITY USING INDEX t_pkey, CLUSTER ON t_pkey, SET UNLOGGED, DISABLE TRIGGER tr;
         ALTER TABLE ONLY t OWNER TO bob; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE ONLY t FORCE ROW LEVEL SECURITY;
         ALTER TABLE t SET (fillfactor = 70), ALTER a SET STORAGE PLAIN; ALTER TABLE IF EXISTS nope DROP COLUMN x;",
    );
    let found = table(&catalog, "t");
    assert_eq!(found.replica_identity, ReplicaIdentity::Index("t_pkey".into()));
    assert_eq!(
        (found.clustered_on.as_ref().unwrap().as_str(), found.owner.as_ref().unwrap().as_str()),
        ("t_pkey", "bob")
    );
    assert_eq!((found.persistence, found.row_security), (Persistence::Unlogged, RowSecurity::Forced));
    assert!(!found.triggers[0].enabled);
}

#[test]
fn indexes_of_a_dump_are_attached() {
    let catalog = read(
        "CREATE TABLE p (a int NOT NULL) PARTITION BY LIST (a); CREATE TABLE c (a int NOT NULL);
         ALTER TABLE ONLY p ATTACH PARTITION c FOR VALUES IN (1); ALTER TABLE ONLY p ADD CONSTRAINT p_pkey PRIMARY KEY (a);
         ALTER TABLE ONLY c ADD CONSTRAINT c_pkey PRIMARY KEY (a); CREATE INDEX pi ON ONLY p USING btree (a);
         CREATE INDEX ci ON c USING btree (a); ALTER INDEX p_pkey ATTACH PARTITION c_pkey; ALTER INDEX pi ATTACH PARTITION ci;",
    );
    let found = table(&catalog, "c");
    assert_eq!(found.primary_key.as_ref().unwrap().attached_to.as_ref().unwrap(), "p_pkey");
    assert_eq!((found.indexes.len(), found.indexes[0].attached_to.as_ref().unwrap().as_str()), (1, "pi"));
    let detached = read(
        "CREATE TABLE p (a int UNIQUE) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p DEFAULT; ALTER TABLE p DETACH PARTITION c;",
    );
    assert_eq!((&table(&detached, "c").partition_of, &table(&detached, "c").unique[0].attached_to), (&None, &None));
}

#[test]
fn dropped_objects_are_gone_with_what_hangs_on_them() {
    let catalog = read(
        "CREATE TABLE p (id serial PRIMARY KEY); CREATE TABLE c (p int REFERENCES p); CREATE INDEX i ON c (p);
         CREATE VIEW v AS SELECT 1; CREATE TYPE ty AS ENUM (); CREATE SEQUENCE s; CREATE FUNCTION f(int) RETURNS int AS '' LANGUAGE sql;
         CREATE SCHEMA x; CREATE TABLE x.t (); CREATE RULE r AS ON DELETE TO c DO NOTHING; CREATE POLICY po ON c;
         DROP RULE r ON c; DROP POLICY po ON c;
         DROP TABLE p CASCADE; DROP INDEX CONCURRENTLY i; DROP VIEW v; DROP TYPE ty; DROP SEQUENCE s; DROP FUNCTION f(int);
         DROP SCHEMA x CASCADE; CREATE TABLE p (id serial PRIMARY KEY);",
    );
    assert_eq!(catalog.tables.len(), 2);
    assert!(catalog.foreign_keys.is_empty() && catalog.views.is_empty() && catalog.types.is_empty());
    assert_eq!((catalog.sequences.len(), catalog.functions.len()), (1, 0));
    assert!(table(&catalog, "c").indexes.is_empty() && table(&catalog, "c").rules.is_empty());
    assert_eq!(table(&catalog, "p").primary_key.as_ref().unwrap().name, "p_pkey");
}

#[test]
fn one_unknown_subcommand_costs_only_itself() {
    let parsed =
        crate::Catalog::from_ddl("CREATE TABLE t (a int);\n\nALTER TABLE t FROBNICATE 1, ALTER a SET NOT NULL;");
    assert!(column(&parsed.catalog, "t", "a").not_null);
    assert_eq!(
        (parsed.skipped[0].line, parsed.skipped[0].why.as_str()),
        (3, "`FROBNICATE 1` of ALTER TABLE is not known")
    );
    let missing = "there is no table `nope` at this point of the text";
    assert_eq!(skipped("ALTER TABLE nope ADD x int;"), [(1, missing.to_owned())]);
}
