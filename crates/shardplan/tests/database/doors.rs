//! Two doors, one catalog: what the server says and what its dump says are the same, object by object.

use std::collections::BTreeMap;
use std::fmt::Debug;

use shardplan::{Catalog, ForeignKey, Function, Table};
use shardplan_testkit::{Database, shared};

use crate::read;
use crate::schemas::{Schema, fixtures, given};
use crate::versions::load_rich;

/// The most differences that a failure prints.
const SHOWN: usize = 12;

#[test]
fn fixtures_look_the_same_through_both_doors() {
    compare_all(&fixtures());
}

#[test]
fn given_schemas_look_the_same_through_both_doors() {
    compare_all(&given());
}

#[test]
fn the_rich_schema_looks_the_same_through_both_doors() {
    let database = shared().fresh_database();
    load_rich(&database);
    report(compare("rich", &database));
}

fn compare_all(schemas: &[Schema]) {
    report(schemas.iter().flat_map(|schema| compare(&schema.name, &schema.load())).collect());
}

fn report(differences: Vec<String>) {
    let shown = differences.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} differences, the first:\n{shown}", differences.len());
}

/// The differences between the doors for one schema, as text.
fn compare(name: &str, database: &Database<'_>) -> Vec<String> {
    let live = read(database).structure();
    let dumped = Catalog::from_ddl(&database.dump().unwrap()).catalog.structure();
    let found = differences(&live, &dumped);
    assert!(!found.is_empty() || live == dumped, "{name}: the catalogs differ where nobody compares");
    found.into_iter().map(|difference| format!("{name}: {difference}")).collect()
}

fn differences(live: &Catalog, dumped: &Catalog) -> Vec<String> {
    let mut found = Vec::new();
    compare_tables(&mut found, &live.tables, &dumped.tables);
    let key_name = |key: &ForeignKey| format!("{} of {}", key.name, key.from);
    compare_lists(&mut found, "foreign key", &live.foreign_keys, &dumped.foreign_keys, key_name);
    compare_lists(&mut found, "sequence", &live.sequences, &dumped.sequences, |it| it.name.to_string());
    compare_lists(&mut found, "type", &live.types, &dumped.types, |it| it.name.to_string());
    compare_lists(&mut found, "view", &live.views, &dumped.views, |it| it.name.to_string());
    let signature = |function: &Function| format!("{}{:?}", function.name, function.arguments);
    compare_lists(&mut found, "function", &live.functions, &dumped.functions, signature);
    compare_lists(&mut found, "publication", &live.publications, &dumped.publications, |it| it.name.to_string());
    compare_lists(&mut found, "extension", &live.extensions, &dumped.extensions, |it| it.name.to_string());
    found
}

/// Tables part by part: a table as a whole is too much to read.
fn compare_tables(found: &mut Vec<String>, live: &[Table], dumped: &[Table]) {
    let rest = |table: &Table| Table {
        columns: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        triggers: Vec::new(),
        policies: Vec::new(),
        ..table.clone()
    };
    let (live_rest, dumped_rest): (Vec<_>, Vec<_>) =
        (live.iter().map(rest).collect(), dumped.iter().map(rest).collect());
    compare_lists(found, "table", &live_rest, &dumped_rest, |table| table.name.to_string());
    let dumped: BTreeMap<_, _> = dumped.iter().map(|table| (&table.name, table)).collect();
    for table in live {
        let Some(other) = dumped.get(&table.name) else { continue };
        let of = |what| format!("table {}: {what}", table.name);
        compare_lists(found, &of("column"), &table.columns, &other.columns, |it| it.name.to_string());
        compare_lists(found, &of("index"), &table.indexes, &other.indexes, |it| it.name.to_string());
        compare_lists(found, &of("check"), &table.checks, &other.checks, |it| it.name.to_string());
        compare_lists(found, &of("trigger"), &table.triggers, &other.triggers, |it| it.name.to_string());
        compare_lists(found, &of("policy"), &table.policies, &other.policies, |it| it.name.to_string());
    }
}

fn compare_lists<T: PartialEq + Debug>(
    found: &mut Vec<String>,
    what: &str,
    live: &[T],
    dumped: &[T],
    name: impl Fn(&T) -> String,
) {
    let before = found.len();
    let by_name = |list| -> BTreeMap<String, &T> { Iterator::collect(<[T]>::iter(list).map(|it| (name(it), it))) };
    let (live_by_name, dumped_by_name) = (by_name(live), by_name(dumped));
    for (name, it) in &live_by_name {
        match dumped_by_name.get(name) {
            None => found.push(format!("{what} {name}: only on the server")),
            Some(other) if it != other => {
                found.push(format!("{what} {name}:\n    server {it:?}\n    dump   {other:?}"));
            }
            Some(_) => {}
        }
    }
    let only_dumped = dumped_by_name.keys().filter(|name| !live_by_name.contains_key(*name));
    found.extend(only_dumped.map(|name| format!("{what} {name}: only in the dump")));
    if found.len() == before && live != dumped {
        found.push(format!("{what}: the same in another order"));
    }
}
