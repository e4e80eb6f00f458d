//! The same schema on every version that is there (all, when `SHARDPLAN_ALL_VERSIONS` is 1) is the same catalog.

use shardplan::{Catalog, Error, Generated, Table, connect};
use shardplan_testkit::{Database, Installation, Options, Server, versions};

use crate::{read, table};

/// The parts of the rich schema, each with the version that it needs.
const PARTS: [(u32, &str); 5] = [
    (11, include_str!("rich.sql")),
    (12, include_str!("rich_12.sql")),
    (14, include_str!("rich_14.sql")),
    (15, include_str!("rich_15.sql")),
    (18, include_str!("rich_18.sql")),
];

/// Loads as much of the rich schema as the server's version has.
pub(crate) fn load_rich(database: &Database<'_>) {
    load(database, major(database));
}

fn load(database: &Database<'_>, up_to: u32) {
    for (_, sql) in PARTS.iter().filter(|(since, _)| *since <= up_to) {
        database.psql(sql).unwrap();
    }
}

fn major(database: &Database<'_>) -> u32 {
    let row = database.connect().unwrap().query_one("SELECT current_setting('server_version_num')::int4", &[]).unwrap();
    row.get::<_, i32>(0).unsigned_abs() / 10_000
}

#[test]
fn each_version_gives_the_same_catalog() {
    let mut first: Option<(u32, Catalog)> = None;
    for version in versions().unwrap() {
        let server = Server::start_version(version).unwrap();
        let database = server.create_database("rich").unwrap();
        load(&database, 11);
        let catalog = common(read(&database).structure());
        match &first {
            None => first = Some((version, catalog)),
            Some((oldest, expected)) => assert_same(*oldest, expected, version, &catalog),
        }
    }
}

/// PostgreSQL 16 prints views differently (columns without a needless table name); what a view reads stays the same.
fn common(mut catalog: Catalog) -> Catalog {
    for view in &mut catalog.views {
        view.definition.clear();
    }
    catalog
}

fn assert_same(oldest: u32, expected: &Catalog, version: u32, catalog: &Catalog) {
    let context = format!("{oldest} and {version}");
    let tables = |catalog: &Catalog| -> Vec<Table> { catalog.tables.iter().map(comparable).collect() };
    assert_each(&context, &tables(expected), &tables(catalog));
    assert_each(&context, &expected.foreign_keys, &catalog.foreign_keys);
    assert_each(&context, &expected.sequences, &catalog.sequences);
    assert_each(&context, &expected.types, &catalog.types);
    assert_each(&context, &expected.views, &catalog.views);
    assert_each(&context, &expected.functions, &catalog.functions);
    assert_each(&context, &expected.publications, &catalog.publications);
    assert_each(&context, &expected.extensions, &catalog.extensions);
}

fn assert_each<T: PartialEq + std::fmt::Debug>(context: &str, expected: &[T], found: &[T]) {
    for (expected, found) in expected.iter().zip(found) {
        assert_eq!(expected, found, "{context}");
    }
    assert_eq!(expected.len(), found.len(), "{context}");
}

/// `EXECUTE PROCEDURE` became `EXECUTE FUNCTION` in 12.
fn comparable(table: &Table) -> Table {
    let mut table = table.clone();
    for trigger in &mut table.triggers {
        trigger.definition = trigger.definition.replace("EXECUTE PROCEDURE", "EXECUTE FUNCTION");
    }
    table
}

#[test]
fn each_version_gives_what_it_has() {
    for version in versions().unwrap() {
        let server = Server::start_version(version).unwrap();
        let database = server.create_database("rich").unwrap();
        load(&database, version);
        check_features(version, &read(&database));
    }
}

fn check_features(version: u32, catalog: &Catalog) {
    let orders = table(catalog, "sales.orders");
    let generated = |name: &str| orders.column(&name.into()).and_then(|column| column.generated.clone());
    assert_eq!(matches!(generated("doubled"), Some(Generated::Stored(_))), version >= 12);
    assert_eq!(matches!(generated("tripled"), Some(Generated::Virtual(_))), version >= 18);
    let twice = catalog.functions.iter().find(|it| it.name.name == "twice").map(|it| it.body.as_str());
    assert_eq!(twice, (version >= 14).then_some("BEGIN ATOMIC SELECT (a * 2); END"), "{version}");
    let nulls = orders.unique.iter().find(|it| it.name == "orders_nulls_key").map(|it| it.nulls_not_distinct);
    assert_eq!(nulls, (version >= 15).then_some(true));
    let key = |name: &str| catalog.foreign_keys.iter().find(|it| it.name == name);
    let set = key("orders_partial_fkey").map(|it| it.set_columns.clone());
    assert_eq!(set, (version >= 15).then(|| vec!["parent_id".into()]));
    let schemas = catalog.publications.iter().find(|it| it.name == "by_schema").map(|it| it.schemas.clone());
    assert_eq!(schemas, (version >= 15).then(|| vec!["Odd Schema".into(), "sales".into()]));
    assert_eq!(key("orders_ignored_fkey").map(|it| it.validated), (version >= 18).then_some(false));
    assert!(orders.checks.iter().all(|check| !check.name.as_str().ends_with("not_null")));
}

#[test]
fn a_server_that_is_too_old_is_refused() {
    let required = std::env::var("SHARDPLAN_ALL_VERSIONS").is_ok_and(|value| value == "1");
    if !required && Installation::of_version(10).is_err() {
        return;
    }
    let server = Options::new().version(10).start().unwrap();
    let error = Catalog::from_database(&mut connect(&server.url("postgres")).unwrap()).unwrap_err();
    assert!(matches!(&error, Error::ServerTooOld { found, oldest: 11 } if found.starts_with("10.")), "{error}");
}
