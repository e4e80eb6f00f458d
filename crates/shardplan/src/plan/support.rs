//! What Citus refuses or silently alters of a table, found before anything is done.
//!
//! Every rule here was measured on Citus 13.2.2.

use std::collections::{HashMap, HashSet};

use super::change::Method;
use super::draft::Draft;
use super::verdict::ForeignKeyVerdict;
use super::{fill, policies};
use crate::catalog::{Column, DataType, ForeignKey, Generated, Persistence, Table, TableKind};
use crate::classify::Placement;
use crate::graph::TableIx;
use crate::name::TableName;

/// Reports everything about each distributed and reference table.
pub(super) fn check_tables(draft: &mut Draft<'_>) {
    for (ix, table) in draft.tables() {
        if *draft.placement(ix) == Placement::Local {
            continue;
        }
        check_kind(draft, ix, table);
        check_behaviour(draft, ix, table);
        check_columns(draft, ix, table);
        check_checks(draft, table);
    }
    check_sequences(draft);
    check_helper_schema(draft);
}

/// A column that the plan adds is known again by a foreign key from it: of the path, or to the root. Where all of them are given
/// up, or lead to tables that are not distributed, nothing in the schema says any more what the column is.
pub(super) fn check_added_columns(draft: &mut Draft<'_>, foreign_keys: &[ForeignKeyVerdict]) {
    let says = |key: &&ForeignKey| {
        let (from, to) = (draft.column(draft.find(&key.from)), draft.column(draft.find(&key.to)));
        key.columns.iter().any(|pair| Some(&pair.from) == from && Some(&pair.to) == to)
    };
    let said: HashSet<&TableName> =
        foreign_keys.iter().filter_map(|verdict| verdict.after()).filter(says).map(|key| &key.from).collect();
    for (ix, table) in draft.tables().filter(|(_, table)| table.partition_of.is_none() && !said.contains(&table.name)) {
        if let Placement::Distributed { column, backfill: Some(_) } = draft.placement(ix) {
            let message = format!("no foreign key of `{}` will say that its `{column}` is the key", table.name);
            draft.report("added-column-unsaid", &table.name, Some(column), message);
        }
    }
}

/// The tables and views that scripts make in the schema `shardplan`.
const HELPERS: [&str; 8] =
    ["backfill", "counters", "keyless", "keyless_minutes", "progress", "settings", "undecided", "watched"];

/// The preparation keeps its state in a schema of its own, which goes with it.
fn check_helper_schema(draft: &mut Draft<'_>) {
    let catalog = draft.graph.catalog();
    let tables = catalog.tables.iter().map(|table| &table.name);
    let names = tables.chain(catalog.views.iter().map(|view| &view.name));
    let is_foreign = |name: &&TableName| name.schema == "shardplan" && !HELPERS.contains(&name.name.as_str());
    if let Some(name) = names.into_iter().find(is_foreign) {
        let message = format!("the schema `shardplan` has `{name}`, and the backfill needs that schema for itself");
        draft.report("helper-schema", name, None, message);
    }
}

/// Citus gives a sequence the type of the column that it fills, so it can fill columns of one type only.
fn check_sequences(draft: &mut Draft<'_>) {
    let mut filled: HashMap<&str, (&DataType, &TableName)> = HashMap::new();
    for (ix, table) in draft.tables() {
        if *draft.placement(ix) == Placement::Local || table.partition_of.is_some() {
            continue;
        }
        for column in &table.columns {
            let Some(sequence) = column.default.as_deref().and_then(sequence_of) else { continue };
            let (data_type, first) = *filled.entry(sequence).or_insert((&column.data_type, &table.name));
            if *data_type != column.data_type {
                let message = format!(
                    "`{}` of `{}` is {} and takes its values from the sequence {sequence}, which fills a column of type {data_type} of `{first}`",
                    column.name, table.name, column.data_type
                );
                draft.report("shared-sequence", &table.name, Some(&column.name), message);
            }
        }
    }
}

/// The sequence of a default such as `nextval('public.orders_order_id_seq'::regclass)`, as it is written there.
fn sequence_of(default: &str) -> Option<&str> {
    let (name, _) = default.strip_prefix("nextval('")?.rsplit_once("'::")?;
    Some(name)
}

fn check_kind(draft: &mut Draft<'_>, ix: TableIx, table: &Table) {
    let name = &table.name;
    if !table.inherits.is_empty() || draft.is_inherited(name) {
        let message = format!("`{name}` takes part in table inheritance (INHERITS)");
        draft.report("inheritance", name, None, message);
    }
    let is_partitioned = matches!(table.kind, TableKind::Partitioned(_));
    if is_partitioned && table.partition_of.is_some() {
        let message = format!("`{name}` is a partition and partitioned itself");
        draft.report("multi-level-partitions", name, None, message);
    }
    if is_partitioned && *draft.placement(ix) == Placement::Reference {
        let message = format!("`{name}` would be a reference table, and it is partitioned");
        draft.report("partitioned-reference", name, None, message);
    }
    if table.kind == TableKind::Foreign || table.persistence == Persistence::Temporary {
        let message = format!("`{name}` is a foreign or temporary table");
        draft.report("foreign-or-temporary", name, None, message);
    }
}

fn check_behaviour(draft: &mut Draft<'_>, ix: TableIx, table: &Table) {
    let name = &table.name;
    for trigger in &table.triggers {
        if fill::is_own(&trigger.name) {
            let message = format!("`{name}` has the trigger `{}` of an earlier plan", trigger.name);
            draft.report("earlier-preparation", name, Some(&trigger.name), message);
            continue;
        }
        let disabled = if trigger.enabled { "" } else { " (disabled, which makes no difference)" };
        let message = format!("`{name}` has the trigger `{}`{disabled}", trigger.name);
        draft.report("trigger", name, Some(&trigger.name), message);
    }
    for rule in &table.rules {
        draft.report("rewrite-rule", name, Some(&rule.name), format!("`{name}` has the rule `{}`", rule.name));
    }
    policies::check(draft, table);
    let publications = draft.graph.catalog().publications.iter();
    let published: Vec<_> = publications
        .filter(|one| one.all_tables || one.tables.contains(name) || one.schemas.contains(&name.schema))
        .collect();
    for publication in published {
        let message = format!("`{name}` is in publication `{}`", publication.name);
        draft.report("publication", name, Some(&publication.name), message);
    }
    match draft.placement(ix) {
        Placement::Distributed { column, backfill: Some(_) } if table.partition_of.is_none() => {
            let message = format!("`{name}` gets the column `{column}`, which the application must write and read by");
            draft.report("application-must-write", name, Some(column), message);
        }
        _ => {}
    }
}

fn check_columns(draft: &mut Draft<'_>, ix: TableIx, table: &Table) {
    let name = &table.name;
    for column in table.columns.iter().filter(|column| column.identity.is_some()) {
        if table.partition_of.is_none() {
            let message = format!("`{name}` has the identity column `{}`", column.name);
            draft.report("identity-column", name, Some(&column.name), message);
        }
    }
    let distribution = draft.column(ix).and_then(|column| table.column(column));
    if let Some(column) = distribution.filter(|column| column.generated.is_some()) {
        let message = format!("`{}`, by which `{name}` is to be distributed, is generated", column.name);
        draft.report("generated-key", name, Some(&column.name), message);
    }
}

fn check_checks(draft: &mut Draft<'_>, table: &Table) {
    for check in table.checks.iter().filter(|check| !check.validated) {
        let message = format!(
            "check `{}` of `{}` is NOT VALID: a row that violates it stops the distribution",
            check.name, table.name
        );
        draft.report("not-valid-check", &table.name, Some(&check.name), message);
    }
    for index in table.indexes.iter().filter(|index| index.unique && !index.valid) {
        let message =
            format!("unique index `{}` of `{}` is invalid, left by a build that failed", index.name, table.name);
        draft.report("invalid-index", &table.name, Some(&index.name), message);
    }
}

/// How a table that should be distributed concurrently is distributed: blocking, when the concurrent function would refuse
/// it or lose something of it that the plan cannot put back.
pub(super) fn concurrent_or_blocking(draft: &mut Draft<'_>, ix: TableIx, forced: bool) -> Method {
    let table = draft.table(ix);
    let against = without_partitions(draft, ix)
        .or_else(|| misplaced_by(draft, ix).map(|message| ("concurrent-misplaces", message)))
        .or_else(|| concurrent_losses(draft, table).into_iter().next().map(|loss| ("concurrent-loses", loss)));
    let Some((if_forced, first)) = against else {
        return Method::Concurrent;
    };
    let message = format!("create_distributed_table_concurrently on `{}`: {first}", table.name);
    let (rule, method) = if forced { (if_forced, Method::Concurrent) } else { ("blocking-instead", Method::Blocking) };
    draft.report(rule, &table.name, None, message);
    method
}

/// The concurrent function publishes the partitions, and fails when there is none.
fn without_partitions(draft: &Draft<'_>, ix: TableIx) -> Option<(&'static str, String)> {
    let is_empty = draft.is_partitioned(ix) && draft.graph.partitions(ix).next().is_none();
    is_empty.then(|| ("concurrent-without-partitions", "it fails on a partitioned table without partitions".to_owned()))
}

/// A stored generated column before the distribution column makes the concurrent function take another column for it: rows
/// land on shards where nobody looks for them. The order of each partition counts for its own rows.
fn misplaced_by(draft: &Draft<'_>, ix: TableIx) -> Option<String> {
    let key = draft.column(ix)?;
    let parts = std::iter::once(ix).chain(draft.graph.partitions(ix));
    parts.map(|part| draft.table(part)).find_map(|table| {
        // A column that the plan replaces comes back as the last one.
        let is_last = draft.unified(ix).is_some();
        let before = table.columns.iter().take_while(|column| is_last || column.name != *key);
        let stored = |column: &&Column| matches!(column.generated, Some(Generated::Stored(_)));
        let column = before.into_iter().find(stored)?;
        Some(format!(
            "rows of `{}` land on wrong shards, because the generated column `{}` stands before `{key}`",
            table.name, column.name
        ))
    })
}

fn concurrent_losses(draft: &Draft<'_>, table: &Table) -> Vec<String> {
    let mut losses = Vec::new();
    if table.persistence == Persistence::Unlogged {
        losses.push("it refuses unlogged tables half-way".to_owned());
    }
    if let Some(column) = table.columns.iter().find(|column| column.identity.is_some()) {
        losses.push(format!("it restarts the sequence of the identity column `{}`", column.name));
    }
    if table.primary_key.is_none() && table.replica_identity == crate::catalog::ReplicaIdentity::Default {
        losses.push("without a primary key every UPDATE and DELETE fails while it runs".to_owned());
    }
    if table.of_type.is_some() {
        losses.push("the table loses its type (OF)".to_owned());
    }
    losses.extend(view_losses(draft, &table.name));
    if let Some(user) = draft.row_type_user(&table.name) {
        losses.push(format!("{user}, which uses the table's row type, would be dropped"));
    }
    losses
}

/// Materialized views over the table, also through other views, come back empty; views lose their grants.
fn view_losses(draft: &Draft<'_>, table: &TableName) -> Option<String> {
    let view = draft.readers(table).into_iter().next()?;
    let what = if view.materialized { "comes back empty" } else { "loses its grants and comments" };
    Some(format!("view `{}` {what}", view.name))
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Classification, Plan, Rules, SchemaGraph};

    #[test]
    fn an_added_column_without_a_foreign_key_is_told() {
        let sql = "CREATE TABLE stores (store_id bigint, area bigint, PRIMARY KEY (store_id, area));
            CREATE TABLE orders (id bigint PRIMARY KEY, store_id bigint, area bigint, FOREIGN KEY (store_id, area) REFERENCES stores);
            CREATE TABLE lines (id bigint PRIMARY KEY, orders bigint REFERENCES orders);";
        let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).expect("valid");
        let rules = Rules::new("stores.store_id".parse().expect("valid"));
        let unsaid = |rules: &Rules| {
            let plan = Plan::new(&Classification::new(&graph, rules).expect("valid"));
            plan.findings.iter().filter(|finding| finding.rule == "added-column-unsaid").count()
        };
        assert_eq!(unsaid(&rules), 0);
        let given_up = "[foreign_keys.lines.lines_orders_fkey]\ndrop = true\nreason = \"no\"";
        assert_eq!(unsaid(&rules.with_overrides(given_up).expect("valid")), 1);
    }

    #[test]
    fn a_column_that_is_replaced_comes_after_every_generated_one() {
        let blocking = |kind: &str| {
            let sql = format!(
                "CREATE TABLE stores (store_id bigint PRIMARY KEY);
                 CREATE TABLE t (id bigint, store_id {kind} REFERENCES stores, twice bigint GENERATED ALWAYS AS (id * 2) STORED,
                 PRIMARY KEY (store_id, id));"
            );
            let graph = SchemaGraph::new(Catalog::from_ddl(&sql).catalog).expect("valid");
            let rules = Rules::new("stores.store_id".parse().expect("valid"));
            let plan = Plan::new(&Classification::new(&graph, &rules).expect("valid"));
            plan.findings.iter().any(|finding| finding.rule == "blocking-instead")
        };
        assert!(!blocking("bigint"));
        assert!(blocking("int"));
    }
}
