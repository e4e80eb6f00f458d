//! Real dumps (`SHARDPLAN_SCHEMAS`, a folder of `<name>/schema.sql` with `facts.json`) against counts taken from a server.

use std::path::Path;

use serde_json::Value;

use crate::catalog::{Catalog, TableKind, TypeKind};

#[test]
fn real_dumps_are_read_completely_and_agree_with_the_counts() {
    let Ok(folder) = std::env::var("SHARDPLAN_SCHEMAS") else { return };
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let schemas: Vec<_> = entries.filter(|schema| schema.join("facts.json").exists()).collect();
    assert!(!schemas.is_empty(), "SHARDPLAN_SCHEMAS is set, and there is no schema in {folder}");
    schemas.iter().for_each(|schema| check(schema));
}

fn check(schema: &Path) {
    let sql = std::fs::read_to_string(schema.join("schema.sql")).unwrap();
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(schema.join("facts.json")).unwrap()).unwrap();
    let parsed = Catalog::from_ddl(&sql);
    let name = schema.display();
    assert_eq!(parsed.skipped, [], "{name}");
    for (fact, count) in counts(&parsed.catalog) {
        let expected = match &facts[fact] {
            Value::Array(list) => list.len() as u64,
            other => other.as_u64().unwrap(),
        };
        // The facts count aggregates and the five constructors of each range type as functions.
        let ranges = parsed.catalog.types.iter().filter(|found| matches!(found.kind, TypeKind::Range(_))).count();
        let aggregates = sql.matches("\nCREATE AGGREGATE ").count();
        let uncounted = if fact == "functions" { aggregates + 5 * ranges } else { 0 };
        assert_eq!((count + uncounted) as u64, expected, "{fact} of {name}");
    }
}

fn counts(catalog: &Catalog) -> Vec<(&'static str, usize)> {
    let is_partition = |table: &&crate::catalog::Table| table.partition_of.is_some();
    let tables: Vec<_> =
        catalog.tables.iter().filter(|table| !is_partition(table) && table.kind != TableKind::Foreign).collect();
    let keys =
        |pick: fn(&crate::catalog::ForeignKey) -> bool| catalog.foreign_keys.iter().filter(|key| pick(key)).count();
    let types = |pick: fn(&TypeKind) -> bool| catalog.types.iter().filter(|found| pick(&found.kind)).count();
    let materialized = catalog.views.iter().filter(|view| view.materialized).count();
    let unique_indexes = |table: &crate::catalog::Table| {
        table.keys().count() + table.indexes.iter().filter(|index| index.unique).count()
    };
    vec![
        ("tables", tables.len()),
        ("partitions", catalog.tables.iter().filter(is_partition).count()),
        ("columns", tables.iter().map(|table| table.columns.len()).sum()),
        ("fks", catalog.foreign_keys.len()),
        ("composite_fks", keys(|key| key.columns.len() > 1)),
        ("self_fks", keys(|key| key.from == key.to)),
        ("fks_deferrable", keys(|key| key.timing != crate::catalog::Timing::Immediate)),
        ("fks_not_valid", keys(|key| !key.validated)),
        ("tables_without_pk", tables.iter().filter(|table| table.primary_key.is_none()).count()),
        ("pks", tables.iter().filter(|table| table.primary_key.is_some()).count()),
        ("unique_indexes", tables.iter().map(|table| unique_indexes(table)).sum()),
        ("unique_constraints", tables.iter().map(|table| table.unique.len()).sum()),
        ("check_constraints", tables.iter().map(|table| table.checks.len()).sum()),
        ("rules", tables.iter().map(|table| table.rules.len()).sum()),
        ("policies", tables.iter().map(|table| table.policies.len()).sum()),
        ("views", catalog.views.len() - materialized),
        ("materialized_views", materialized),
        ("sequences", catalog.sequences.len()),
        ("enum_types", types(|kind| matches!(kind, TypeKind::Enum(_)))),
        ("domains", types(|kind| matches!(kind, TypeKind::Domain(_)))),
        ("composite_types", types(|kind| matches!(kind, TypeKind::Composite(_)))),
        ("functions", catalog.functions.len()),
        ("extensions", catalog.extensions.len()),
    ]
}
