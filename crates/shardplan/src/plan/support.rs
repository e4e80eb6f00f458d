//! What Citus refuses or silently alters of a table, found before anything is done.
//!
//! Every rule here was measured on Citus 13.2.2.

use foldhash::{HashMap, HashSet};

pub(super) use super::concurrent::concurrent_or_blocking;
use super::draft::Draft;
use super::verdict::ForeignKeyVerdict;
use super::{fill, obstacles, policies};
use crate::catalog::{Persistence, Table, TableKind, Timing, is_own_table};
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
        check_checks(draft, table);
    }
    check_deferred(draft);
    check_helper_schema(draft);
}

/// A column that the plan adds is known again by a foreign key from it: of the path, or to the root. Where all of them are given
/// up, or lead to tables that are not distributed, or only to each other, nothing in the schema says any more what the column is.
pub(super) fn check_added_columns(draft: &mut Draft<'_>, foreign_keys: &[ForeignKeyVerdict]) {
    let known = known_columns(draft, foreign_keys);
    for (ix, table) in draft.tables().filter(|(ix, table)| table.partition_of.is_none() && !known.contains(ix)) {
        if let Placement::Distributed { column, backfill: Some(_) } = draft.placement(ix) {
            let message = format!("no foreign key of `{}` will say that its `{column}` is the key", table.name);
            draft.report("added-column-unsaid", &table.name, Some(column), message);
        }
    }
}

/// The distributed tables that have their column already, and those from which foreign keys lead to them.
fn known_columns(draft: &Draft<'_>, foreign_keys: &[ForeignKeyVerdict]) -> HashSet<TableIx> {
    let mut referencing: HashMap<TableIx, Vec<TableIx>> = HashMap::default();
    for key in foreign_keys.iter().filter_map(|verdict| verdict.after()) {
        let (from, to) = (draft.find(&key.from), draft.find(&key.to));
        let (own, other) = (draft.column(from), draft.column(to));
        if key.columns.iter().any(|pair| Some(&pair.from) == own && Some(&pair.to) == other) {
            referencing.entry(to).or_default().push(from);
        }
    }
    let has_it = |ix: &TableIx| matches!(draft.placement(*ix), Placement::Distributed { backfill: None, .. });
    let mut waiting: Vec<TableIx> = draft.tables().map(|(ix, _)| ix).filter(has_it).collect();
    let mut known: HashSet<TableIx> = waiting.iter().copied().collect();
    while let Some(ix) = waiting.pop() {
        let new = referencing.get(&ix).into_iter().flatten().copied().filter(|from| known.insert(*from));
        waiting.extend(new);
    }
    known
}

/// The preparation keeps its state in a schema of its own, which goes with it.
fn check_helper_schema(draft: &mut Draft<'_>) {
    let catalog = draft.graph.catalog();
    let tables = catalog.tables.iter().map(|table| &table.name);
    let names = tables.chain(catalog.views.iter().map(|view| &view.name));
    let is_foreign = |name: &&TableName| name.schema == "shardplan" && !is_own_table(name);
    if let Some(name) = names.into_iter().find(is_foreign) {
        let message = format!("the schema `shardplan` has `{name}`, and the backfill needs that schema for itself");
        draft.report("helper-schema", name, None, message);
    }
}

/// A foreign key that is checked at COMMIT is checked on the shards, whose answer comes in another form.
fn check_deferred(draft: &mut Draft<'_>) {
    for key in draft.graph.foreign_keys().iter().filter(|key| key.timing == Timing::Deferred) {
        if draft.column(draft.find(&key.from)).is_some() {
            let message = format!("foreign key `{}` of `{}` is checked at COMMIT", key.name, key.from);
            draft.report_key("deferred-foreign-key", key, message);
        }
    }
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
    if let Some(extension) = &table.extension {
        draft.report("extension-table", name, None, format!("`{name}` belongs to the extension `{extension}`"));
    }
}

fn check_behaviour(draft: &mut Draft<'_>, ix: TableIx, table: &Table) {
    let name = &table.name;
    for trigger in &table.triggers {
        if fill::is_own(&trigger.name) {
            let message = format!("`{name}` has the trigger `{}` of an earlier plan", trigger.name);
            draft.report("earlier-preparation", name, Some(&trigger.name), message);
        }
    }
    obstacles::check(draft, table);
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
            obstacles::check_backfilled(draft, table);
        }
        _ => {}
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

#[cfg(test)]
mod tests {
    use crate::{Catalog, Classification, Plan, Rules, SchemaGraph};

    #[test]
    fn an_added_column_without_a_foreign_key_is_told() {
        let sql = "CREATE TABLE stores (store_id bigint, area bigint, PRIMARY KEY (store_id, area));
            CREATE TABLE orders (id bigint PRIMARY KEY, store_id bigint, area bigint, FOREIGN KEY (store_id, area) REFERENCES stores);
            CREATE TABLE lines (id bigint PRIMARY KEY, orders bigint REFERENCES orders, instead_of bigint REFERENCES lines);
            CREATE TABLE parts (id bigint PRIMARY KEY, line bigint REFERENCES lines);
            ALTER TABLE lines ADD part bigint REFERENCES parts;";
        let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).expect("valid");
        let rules = Rules::new("stores.store_id".parse().expect("valid"));
        let unsaid = |rules: &Rules| {
            let plan = Plan::new(&Classification::new(&graph, rules).expect("valid"));
            plan.findings.iter().filter(|finding| finding.rule == "added-column-unsaid").count()
        };
        assert_eq!(unsaid(&rules), 0);
        let given_up = "[foreign_keys.lines.lines_orders_fkey]\ndrop = true\nreason = \"no\"";
        // What is left are references within the two tables.
        assert_eq!(unsaid(&rules.with_overrides(given_up).expect("valid")), 2);
    }
}
