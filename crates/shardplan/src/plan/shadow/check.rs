//! What stands against shadow tables: the tables, foreign keys and their dependents come in, findings go out.

use super::super::draft::Draft;
use super::super::verdict::{ForeignKeyVerdict, Placing};
use crate::catalog::{Key, Table, TableKind, Timing};
use crate::classify::Placement;
use crate::graph::{Edges, TableIx};
use crate::name::Name;

/// Reports every table that cannot be copied and exchanged.
pub(super) fn report(draft: &mut Draft<'_>, verdicts: &[ForeignKeyVerdict], order: &[Placing]) {
    for placing in order {
        let ix = draft.find(&placing.table);
        let table = draft.table(ix);
        for why in against_table(draft, ix, table) {
            draft.report("shadow-table", &table.name, None, format!("`{}` cannot have a shadow: {why}", table.name));
        }
        for (object, what) in bound(draft, table) {
            let message = format!("{what} would go on using the old `{}` after the exchange", table.name);
            draft.report("shadow-dependent", &table.name, Some(&object), message);
        }
    }
    foreign_keys(draft, verdicts);
}

fn against_table(draft: &Draft<'_>, ix: TableIx, table: &Table) -> Vec<String> {
    let mut reasons = Vec::new();
    if matches!(table.kind, TableKind::Partitioned(_)) {
        reasons.push("it is partitioned".to_owned());
    }
    if !table.inherits.is_empty() || draft.is_inherited(&table.name) {
        reasons.push("it inherits, or is inherited from".to_owned());
    }
    if draft.unified(ix).is_some() {
        reasons.push("its distribution column must get another type first".to_owned());
    }
    match &table.primary_key {
        None => reasons.push("without a primary key nothing names a changed row".to_owned()),
        Some(key) => reasons.extend(against_key(draft, table, key)),
    }
    reasons
}

fn against_key(draft: &Draft<'_>, table: &Table, key: &Key) -> Option<String> {
    if key.timing != Timing::Immediate {
        return Some("its primary key is deferrable, so no changed row can be merged by it".to_owned());
    }
    let mut columns = key.columns.iter().filter_map(|name| table.column(name));
    let composite = columns.find(|column| draft.is_composite(&column.data_type))?;
    Some(format!("column `{}` of its primary key has a composite type", composite.name))
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

/// Those between a placed table and one that stays, and those in a cycle: rows that are copied one table after the other would
/// break one of them for a moment.
fn foreign_keys(draft: &mut Draft<'_>, verdicts: &[ForeignKeyVerdict]) {
    let ends = |verdict: &ForeignKeyVerdict| {
        let key = verdict.after()?;
        Some([&key.from, &key.to].map(|table| draft.find(table)))
    };
    let pairs: Vec<Option<[TableIx; 2]>> = verdicts.iter().map(ends).collect();
    let edges = pairs.iter().flatten().filter(|[from, to]| from != to).map(|[from, to]| (from.0, to.0));
    let order = Edges::new(draft.graph.tables().len(), edges.collect()).referenced_first();
    let mut places = vec![0; draft.graph.tables().len()];
    for (at, number) in order.numbers.iter().enumerate() {
        places[*number as usize] = at;
    }
    for (verdict, pair) in verdicts.iter().zip(&pairs) {
        // Under the name that it has now, which is the one that the rules can give up.
        let (key, Some([from, to])) = (&verdict.foreign_key, *pair) else { continue };
        let stays = |ix: TableIx| *draft.placement(ix) == Placement::Local;
        if stays(from) && !stays(to) {
            let message = format!(
                "foreign key `{}` of the local table `{}` would go on referencing the old `{}` after the exchange",
                key.name, key.from, key.to
            );
            draft.report_key("shadow-foreign-key", key, message);
        } else if !stays(from) && !stays(to) && places[from.at()] < places[to.at()] {
            let message = format!(
                "foreign key `{}` of `{}` closes a cycle: there is no order in which changed rows could be copied",
                key.name, key.from
            );
            draft.report_key("shadow-foreign-key", key, message);
        }
    }
}
