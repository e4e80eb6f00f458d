//! What stands against shadow tables: the tables, foreign keys and their dependents come in, findings go out.

use super::super::draft::Draft;
use super::super::simulate::Schema;
use super::super::verdict::{ForeignKeyVerdict, Placing};
use super::late::{Keys, Late};
use super::row_key::RowKey;
use crate::catalog::{ForeignKey, IndexPart, Table, TableKind};
use crate::graph::TableIx;
use crate::name::{Name, TableName};

/// Reports every table that cannot be copied and exchanged.
pub(super) fn report(
    draft: &mut Draft<'_>,
    target: &Schema,
    (verdicts, keys): (&[ForeignKeyVerdict], &Keys<'_>),
    order: &[Placing],
) {
    for placing in order {
        let ix = draft.find(&placing.table);
        let table = draft.table(ix);
        for why in against_table(draft, ix, table, target.table(&table.name)) {
            draft.report("shadow-table", &table.name, None, format!("`{}` cannot have a shadow: {why}", table.name));
        }
        let parts = draft.graph.partitions(ix).map(|part| draft.table(part));
        for table in std::iter::once(table).chain(parts.collect::<Vec<_>>()) {
            for (object, what) in bound(draft, table) {
                let message = format!("{what} would go on using the old `{}` after the exchange", table.name);
                draft.report("shadow-dependent", &table.name, Some(&object), message);
            }
        }
    }
    foreign_keys(draft, verdicts, keys);
}

fn against_table(draft: &Draft<'_>, ix: TableIx, table: &Table, target: Option<&Table>) -> Vec<String> {
    let mut reasons = Vec::new();
    let parts = draft.graph.partitions(ix).map(|part| draft.table(part));
    let foreign = parts.filter(|part| part.kind == TableKind::Foreign);
    reasons.extend(foreign.map(|part| format!("its partition `{}` is a foreign table", part.name)));
    reasons.extend(target.and_then(|target| with_dollars(draft, ix, target)));
    if !table.inherits.is_empty() || draft.is_inherited(&table.name) {
        reasons.push("it inherits, or is inherited from".to_owned());
    }
    if draft.unified(ix).is_some() {
        reasons.push("its distribution column must get another type first".to_owned());
    }
    if target.is_none_or(|target| RowKey::of(draft, table, target).is_none()) {
        reasons.push(nameless(draft, table));
    }
    reasons
}

/// Once a partitioned table is distributed, Citus builds an index on it with a command in which the indexes of its partitions
/// stand between `$$` (measured: a syntax error on the worker). PostgreSQL makes such names of those of the partition
/// and of the columns.
fn with_dollars(draft: &Draft<'_>, ix: TableIx, target: &Table) -> Option<String> {
    let parts: Vec<&Table> = draft.graph.partitions(ix).map(|part| draft.table(part)).collect();
    let own = parts.iter().flat_map(|part| {
        let keys = part.keys().map(|key| &key.name);
        [&part.name.schema, &part.name.name].into_iter().chain(keys).chain(part.indexes.iter().map(|index| &index.name))
    });
    let keyed = target.keys().flat_map(|key| &key.columns);
    let indexed = target.indexes.iter().flat_map(|index| &index.elements).filter_map(|element| match &element.part {
        IndexPart::Column(name) => Some(name),
        IndexPart::Expression(_) => None,
    });
    let name = own.chain(keyed).chain(indexed).find(|name| name.as_str().contains("$$"));
    let name = name.filter(|_| !parts.is_empty())?;
    Some(format!(
        "`$$` in `{name}` would be in the name of an index of its partitions, on which Citus builds no other then"
    ))
}

/// Why nothing names a changed row.
fn nameless(draft: &Draft<'_>, table: &Table) -> String {
    let is_composite = |name: &&Name| table.column(name).is_some_and(|column| draft.is_composite(&column.data_type));
    let Some(key) = &table.primary_key else {
        return "without a primary key, or a unique index over columns that are NOT NULL, nothing names a changed row"
            .to_owned();
    };
    match key.columns.iter().find(is_composite) {
        Some(column) => format!("column `{column}` of its primary key has a composite type"),
        None => "its primary key is deferrable, so no changed row can be merged by it".to_owned(),
    }
}

/// What is bound to the table itself rather than to its name, and is not made anew by the exchange.
fn bound(draft: &Draft<'_>, table: &Table) -> Vec<(Name, String)> {
    let catalog = draft.graph.catalog();
    let views = catalog.views.iter().filter(|view| view.materialized && view.reads.contains(&table.name));
    let views = views.map(|view| (view.name.name.clone(), format!("materialized view `{}`", view.name)));
    let is_bound = |body: &str| body.starts_with("BEGIN ATOMIC") && body.contains(table.name.name.as_str());
    let functions = catalog.functions.iter().filter(|function| is_bound(&function.body));
    let functions = functions.map(|function| (function.name.name.clone(), format!("function `{}`", function.name)));
    let rows = draft.row_type_user(&table.name).map(|user| (table.name.name.clone(), user.clone()));
    views.chain(functions).chain(rows).collect()
}

/// Those of a partition alone, and those that PostgreSQL does not add late.
fn foreign_keys(draft: &mut Draft<'_>, verdicts: &[ForeignKeyVerdict], keys: &Keys<'_>) {
    // Under the names that they have now, which are those that the rules can give up.
    let now = |after: &ForeignKey| {
        let is_it = |verdict: &&ForeignKeyVerdict| verdict.after().is_some_and(|key| std::ptr::eq(key, after));
        verdicts.iter().find(is_it).map(|verdict| &verdict.foreign_key)
    };
    for (after, late) in keys {
        let why = match late {
            Some(Late::Acts) => "has an action",
            Some(Late::ClosesCycle) => "closes a cycle",
            None => continue,
        };
        if !draft.is_partitioned(draft.find(&after.from)) {
            continue;
        }
        let Some(key) = now(after) else { continue };
        let message = format!(
            "foreign key `{}` of the partitioned `{}` {why}: it would have to come at the exchange, while everybody waits until all rows are looked at",
            key.name, key.from
        );
        draft.report_key("shadow-foreign-key", key, message);
    }
    let stay = verdicts.iter().filter(|verdict| verdict.after().is_some()).map(|verdict| &verdict.foreign_key);
    for key in stay {
        let is_part = |table: &&TableName| draft.table(draft.find(table)).partition_of.is_some();
        if let Some(part) = [&key.from, &key.to].into_iter().find(is_part) {
            let message = format!("foreign key `{}` of `{}` is about the partition `{part}` alone", key.name, key.from);
            draft.report_key("shadow-foreign-key", key, message);
        }
    }
}
