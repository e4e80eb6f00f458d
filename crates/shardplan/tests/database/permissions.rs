//! A role without rights: what it may read is read, what it may not is an error with the statement that lets it.

use std::time::{Duration, Instant};

use postgres::NoTls;
use shardplan::{Catalog, Error};
use shardplan_testkit::{Database, shared};

use crate::read;

fn read_as(role: &str, database: &Database<'_>) -> Result<Catalog, Error> {
    Catalog::from_database(&mut postgres::Client::connect(&database.url_as(role), NoTls).unwrap())
}

/// What a role is refused, and the statement to run.
fn refusal(role: &str, database: &Database<'_>) -> (String, String) {
    match read_as(role, database) {
        Err(Error::NotPermitted { role: refused, object, grant }) => {
            assert_eq!(refused, role);
            (object, grant)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_role_with_select_reads_the_same_as_the_superuser() {
    let database = shared().fresh_database();
    let sql = "CREATE ROLE plain_reader LOGIN; CREATE SCHEMA hidden;
        CREATE TABLE hidden.t (id int PRIMARY KEY, v text DEFAULT lower('X') CHECK (v <> ''));
        CREATE INDEX ON hidden.t (lower(v)); CREATE VIEW hidden.w AS SELECT v FROM hidden.t;
        INSERT INTO hidden.t VALUES (1, 'a'), (2, 'a'); ANALYZE;
        GRANT SELECT ON hidden.t TO plain_reader;";
    database.psql(sql).unwrap();
    let mut expected = read(&database);
    let catalog = read_as("plain_reader", &database).unwrap();
    // Settings that only some roles see.
    for name in ["shared_preload_libraries", "output_plugin_libraries"] {
        expected.settings.remove(name);
    }
    assert_eq!(catalog, expected);
    assert!(catalog.tables[0].columns[1].statistics.is_some());
}

#[test]
fn a_table_that_may_not_be_read_is_an_error_with_the_grant() {
    let database = shared().fresh_database();
    database.psql("CREATE ROLE \"No Rights\" LOGIN; CREATE TABLE a (id int); CREATE TABLE \"B\" (id int)").unwrap();
    let config = database.url_as("No%20Rights");
    let error = Catalog::from_database(&mut postgres::Client::connect(&config, NoTls).unwrap()).unwrap_err();
    let text = error.to_string();
    let expected = "role `\"No Rights\"` may not read the column statistics of `a` and of 1 more table; \
         run: GRANT SELECT ON public.a, public.\"B\" TO \"No Rights\"";
    assert_eq!(text, expected);
    let Error::NotPermitted { grant, .. } = error else { panic!("{error:?}") };
    database.psql(&grant).unwrap();
    assert!(Catalog::from_database(&mut postgres::Client::connect(&config, NoTls).unwrap()).is_ok());
}

#[test]
fn many_tables_are_one_grant() {
    let database = shared().fresh_database();
    database.psql("CREATE ROLE outsider LOGIN").unwrap();
    let tables: String = (0..9).map(|i| format!("CREATE TABLE t{i} (id int);")).collect();
    database.psql(&tables).unwrap();
    let (object, grant) = refusal("outsider", &database);
    assert_eq!(object, "the column statistics of `t0` and of 8 more tables");
    database.psql(&grant).unwrap();
    assert_eq!(read_as("outsider", &database).unwrap().tables.len(), 9);
}

#[test]
fn grants_on_every_column_are_enough() {
    let database = shared().fresh_database();
    database
        .psql("CREATE ROLE by_column LOGIN; CREATE TABLE t (a int, b int); GRANT SELECT (a) ON t TO by_column")
        .unwrap();
    assert_eq!(refusal("by_column", &database).1, "GRANT SELECT ON public.t TO by_column");
    database.psql("GRANT SELECT (b) ON t TO by_column").unwrap();
    assert!(read_as("by_column", &database).is_ok());
}

#[test]
fn row_security_hides_statistics() {
    let database = shared().fresh_database();
    let sql = "CREATE ROLE secured LOGIN; CREATE TABLE t (a int); GRANT SELECT ON t TO secured;
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true);";
    database.psql(sql).unwrap();
    let (object, grant) = refusal("secured", &database);
    assert_eq!((object.as_str(), grant.as_str()), ("the column statistics of `t`", "ALTER ROLE secured BYPASSRLS"));
    database.psql(&grant).unwrap();
    assert!(read_as("secured", &database).is_ok());
}

#[test]
fn a_closed_catalog_is_an_error_with_the_grant() {
    let database = shared().fresh_database();
    let sql = "CREATE ROLE shut_out LOGIN; REVOKE SELECT ON pg_catalog.pg_publication FROM PUBLIC;";
    database.psql(sql).unwrap();
    let (object, grant) = refusal("shut_out", &database);
    assert!(object.starts_with("publications (permission denied"), "{object}");
    assert!(grant.contains("pg_catalog.pg_publication"), "{grant}");
    database.psql(&grant).unwrap();
    assert!(read_as("shut_out", &database).is_ok());
}

#[test]
fn a_locked_table_does_not_hang_it() {
    let database = shared().fresh_database();
    database.psql("CREATE TABLE busy (id int); CREATE VIEW v AS SELECT id FROM busy").unwrap();
    let mut holder = database.connect().unwrap();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("LOCK TABLE busy IN ACCESS EXCLUSIVE MODE").unwrap();
    let started = Instant::now();
    let error = read_as("postgres", &database).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(15));
    assert!(error.to_string().starts_with("reading"), "{error}");
    let Error::Database { source, .. } = error else { panic!("{error:?}") };
    assert_eq!(source.code(), Some(&postgres::error::SqlState::LOCK_NOT_AVAILABLE));
}

#[test]
fn extensions_objects_are_left_out_and_their_tables_marked() {
    let database = shared().fresh_database();
    let sql = "CREATE EXTENSION pg_stat_statements; CREATE TABLE kept (id serial); CREATE TABLE taken (id serial);
        ALTER EXTENSION pg_stat_statements ADD TABLE taken; ALTER EXTENSION pg_stat_statements ADD SEQUENCE taken_id_seq;
        CREATE ROLE blind LOGIN; GRANT SELECT ON kept TO blind;";
    database.psql(sql).unwrap();
    let catalog = read_as("blind", &database).unwrap();
    let tables: Vec<_> = catalog.tables.iter().map(|it| (it.name.to_string(), it.extension.is_some())).collect();
    assert_eq!(tables, [("kept".to_owned(), false), ("taken".to_owned(), true)]);
    assert_eq!((catalog.views.len(), catalog.functions.len(), catalog.sequences.len()), (0, 0, 1));
}

#[test]
fn reading_writes_nothing_and_leaves_the_session_as_it_was() {
    let database = shared().fresh_database();
    let mut client = shardplan::connect(&database.url()).unwrap();
    client.batch_execute("SET search_path = public; SET quote_all_identifiers = on").unwrap();
    Catalog::from_database(&mut client).unwrap();
    let row = client.query_one("SELECT current_setting('search_path'), current_setting('lock_timeout')", &[]).unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1)), ("public", "0"));
    client.batch_execute("CREATE TABLE still_writable (id int)").unwrap();
}
