//! The counts in each schema's `facts.json`, which were taken independently, agree with what is read.

use serde_json::Value;
use shardplan::{Action, Catalog, IndexPart, Table, TableKind, TypeKind};

use crate::read;
use crate::schemas::given;

#[test]
fn counts_agree_with_the_facts() {
    for schema in given() {
        let text = std::fs::read_to_string(schema.folder.join("facts.json")).unwrap();
        let facts: Value = serde_json::from_str(&text).unwrap();
        let catalog = read(&schema.load());
        let ddl = std::fs::read_to_string(schema.folder.join("schema.sql")).unwrap();
        let wrong: Vec<String> = counts(&catalog)
            .into_iter()
            .chain([("functions", functions(&catalog, &ddl))])
            .filter(|(fact, count)| facts[fact].as_u64() != Some(*count as u64))
            .map(|(fact, count)| format!("{fact}: {count}, expected {}", facts[fact]))
            .chain(wrong_lists(&catalog, &facts))
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", schema.name);
    }
}

/// The facts count a partitioned table once, without its partitions.
fn own(catalog: &Catalog) -> impl Iterator<Item = &Table> {
    catalog.tables.iter().filter(|table| table.partition_of.is_none())
}

fn sum(catalog: &Catalog, count: impl Fn(&Table) -> usize) -> usize {
    own(catalog).map(count).sum()
}

fn counts(catalog: &Catalog) -> Vec<(&'static str, usize)> {
    let keys = &catalog.foreign_keys;
    let types = |wanted: fn(&TypeKind) -> bool| catalog.types.iter().filter(|it| wanted(&it.kind)).count();
    vec![
        ("tables", own(catalog).count()),
        ("partitions", catalog.tables.len() - own(catalog).count()),
        ("columns", sum(catalog, |table| table.columns.len())),
        ("fks", keys.len()),
        ("composite_fks", keys.iter().filter(|key| key.columns.len() > 1).count()),
        ("fk_on_update_nondefault", keys.iter().filter(|key| changes_on_update(key.on_update)).count()),
        ("fks_not_valid", keys.iter().filter(|key| !key.validated).count()),
        ("pks", sum(catalog, |table| usize::from(table.primary_key.is_some()))),
        ("unique_indexes", sum(catalog, unique_indexes)),
        ("unique_constraints", sum(catalog, |table| table.unique.len())),
        (
            "unique_partial",
            sum(catalog, |table| table.indexes.iter().filter(|it| it.unique && it.predicate.is_some()).count()),
        ),
        ("unique_expression", sum(catalog, unique_expressions)),
        ("check_constraints", sum(catalog, |table| table.checks.len())),
        ("triggers", sum(catalog, |table| table.triggers.len())),
        ("rules", sum(catalog, |table| table.rules.len())),
        ("policies", sum(catalog, |table| table.policies.len())),
        ("sequences", catalog.sequences.len()),
        ("enum_types", types(|kind| matches!(kind, TypeKind::Enum(_)))),
        ("domains", types(|kind| matches!(kind, TypeKind::Domain(_)))),
        ("composite_types", types(|kind| matches!(kind, TypeKind::Composite(_)))),
    ]
}

/// The facts count what changes the referencing rows; RESTRICT does not.
fn changes_on_update(action: Action) -> bool {
    !matches!(action, Action::NoAction | Action::Restrict)
}

/// The facts count aggregates, which the catalog leaves out, and the five functions that come with a range type and its
/// multirange, which no dump has.
fn functions(catalog: &Catalog, ddl: &str) -> usize {
    let ranges = catalog.types.iter().filter(|it| matches!(it.kind, TypeKind::Range(_))).count();
    catalog.functions.len() + 5 * ranges + ddl.matches("\nCREATE AGGREGATE ").count()
}

fn unique_indexes(table: &Table) -> usize {
    table.keys().count() + table.indexes.iter().filter(|index| index.unique).count()
}

fn unique_expressions(table: &Table) -> usize {
    let has_expression = |index: &&shardplan::Index| {
        index.unique && index.elements.iter().any(|element| matches!(element.part, IndexPart::Expression(_)))
    };
    table.indexes.iter().filter(has_expression).count()
}

/// The facts that are lists, as far as they are longer or shorter than ours.
fn wrong_lists(catalog: &Catalog, facts: &Value) -> Vec<String> {
    let lists = [
        ("views", catalog.views.iter().filter(|view| !view.materialized).count()),
        ("materialized_views", catalog.views.iter().filter(|view| view.materialized).count()),
        ("foreign_tables", own(catalog).filter(|table| table.kind == TableKind::Foreign).count()),
        ("partitioned_tables", own(catalog).filter(|table| matches!(table.kind, TableKind::Partitioned(_))).count()),
        ("generated_columns", sum(catalog, |table| table.columns.iter().filter(|it| it.generated.is_some()).count())),
        ("identity_columns", sum(catalog, |table| table.columns.iter().filter(|it| it.identity.is_some()).count())),
        ("exclusion_constraints", sum(catalog, |table| table.exclusions.len())),
        ("tables_without_pk", own(catalog).filter(|table| table.primary_key.is_none()).count()),
        ("extensions", catalog.extensions.len()),
    ];
    let length = |fact: &str| facts[fact].as_array().map(Vec::len);
    let wrong = lists.into_iter().filter(|(fact, count)| length(fact) != Some(*count));
    wrong.map(|(fact, count)| format!("{fact}: {count}, expected {}", facts[fact])).collect()
}
