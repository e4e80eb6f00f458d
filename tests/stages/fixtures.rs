//! The list of fixtures comes in as names, their schemas with key and rules go out.

use std::path::PathBuf;

use shardplan::{Catalog, Change, Classification, Parsed, PhaseKind, Plan, Rules, SchemaGraph};

/// Calls a macro with the names of all fixtures.
macro_rules! for_each_fixture {
    ($call:ident) => {
        $call! {
            already_composite atomic bounds buyer_and_seller composite_key composite_root cycle_of_three cycle_of_two deep_chain
            deferrable_keys earlier_preparation empty_partitions empty_tables equal_keys exclusion forced_concurrent
            foreign_tables generated_and_identity generated_columns hostile_names include_and_nulls included_key
            inheritance limits long_names match_full mixed_int_key mixed_int_key_bound natural_unique no_primary_key
            not_valid_keys nullable_path older_target overrides parallel_keys partial_and_expression_indexes
            partitioned_keys partitions publications quoted_names reference_chain refused_choices remade removed row_security row_type_columns row_types
            rules same_column self_reference sequences set_null_and_cascade set_null_columns several_schemas shadow shadow_refused tailspin
            taken_names text_key_collation triggers two_paths types unconnected uuid_key varchar_key views wide_fan
            wide_world_importers
        }
    };
}
pub(crate) use for_each_fixture;

macro_rules! names {
    ($($name:ident)*) => { &[$(stringify!($name)),*] };
}

/// The names of all fixtures.
pub(crate) const NAMES: &[&str] = for_each_fixture!(names);

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn file(fixture: &str, name: &str) -> Option<String> {
    std::fs::read_to_string(folder().join(fixture).join(name)).ok()
}

pub(crate) fn parsed(fixture: &str) -> Parsed {
    Catalog::from_ddl(&file(fixture, "schema.sql").expect("every fixture has a schema"))
}

/// The key of the header, with `rules.toml` if there is one.
pub(crate) fn rules(fixture: &str) -> Rules {
    let schema = file(fixture, "schema.sql").expect("every fixture has a schema");
    let key = schema.lines().find_map(|line| line.strip_prefix("-- Key: ")).expect("every schema names its key");
    let rules = Rules::new(key.parse().expect("the header's key can be read"));
    match file(fixture, "rules.toml") {
        Some(text) => rules.with_overrides(&text).expect("the rules can be read"),
        None => rules,
    }
}

/// The rules with `unblock.toml` on top, for a fixture that has one.
pub(crate) fn unblocking_rules(fixture: &str) -> Option<Rules> {
    let text = file(fixture, "unblock.toml")?;
    Some(rules(fixture).with_overrides(&text).expect("the rules can be read"))
}

pub(crate) fn graph(fixture: &str) -> SchemaGraph {
    SchemaGraph::new(parsed(fixture).catalog).expect("the schema holds together")
}

pub(crate) fn plan(graph: &SchemaGraph, rules: &Rules) -> Plan {
    Plan::new(&Classification::new(graph, rules).expect("the rules can be followed"))
}

/// Every plan of the fixtures, with a name: as it is, and unblocked.
pub(crate) fn plans() -> Vec<(String, Plan)> {
    let mut plans = Vec::new();
    for name in NAMES {
        let graph = graph(name);
        plans.push(((*name).to_owned(), plan(&graph, &rules(name))));
        if let Some(rules) = unblocking_rules(name) {
            plans.push((format!("{name}_unblocked"), plan(&graph, &rules)));
        }
    }
    plans
}

#[test]
fn the_list_has_every_folder() {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut found: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    found.sort();
    assert_eq!(found, NAMES);
}

/// What the way back of a plan leads to: a column that was replaced stays the last one of its table.
pub(crate) fn replaced_last(plan: &Plan, mut catalog: Catalog) -> Catalog {
    for change in plan.phase(PhaseKind::UnifyTypes).steps.iter().flat_map(|step| &step.changes) {
        let Change::RenameColumn { table, to, .. } = change else { continue };
        let table = catalog.tables.iter_mut().find(|one| one.name == *table).expect("a plan knows its tables");
        let at = table.columns.iter().position(|column| column.name == *to).expect("a plan knows their columns");
        let column = table.columns.remove(at);
        table.columns.push(column);
    }
    catalog
}
