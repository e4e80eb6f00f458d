//! Functions: those of the schema come in, what becomes of them and of what calls them goes out as findings. A body is searched
//! for names only, so what depends on it is a warning at most.

use foldhash::HashMap;

use super::draft::{Draft, user_type};
use super::policies::words;
use crate::catalog::{Column, Function, Generated, Table, mentions};
use crate::classify::Placement;
use crate::graph::TableIx;
use crate::name::TableName;

/// Each column of a placed table that holds rows of another table: the one that has it, the column, and the other one.
pub(super) fn row_columns<'c>(draft: &Draft<'c>) -> Vec<(TableIx, &'c Column, TableIx)> {
    let placed = draft.tables().filter(|(ix, _)| *draft.placement(*ix) != Placement::Local);
    let columns = placed.flat_map(|(ix, table)| table.columns.iter().map(move |column| (ix, column)));
    let rows = columns.filter_map(|(ix, column)| {
        let named = user_type(column.data_type.as_str())?.parse().ok()?;
        Some((ix, column, draft.graph.find(&named)?))
    });
    rows.collect()
}

/// The nodes must know the type first, which comes with its table.
fn check_columns(draft: &mut Draft<'_>) {
    for (ix, column, of) in row_columns(draft) {
        let places = (draft.placement(ix), draft.placement(of));
        if let (_, Placement::Local) | (Placement::Reference, Placement::Distributed { .. }) = places {
            let (table, of) = (&draft.table(ix).name, &draft.table(of).name);
            let message =
                format!("`{}` of `{table}` holds rows of `{of}`, which would not be placed before it", column.name);
            draft.report("row-type-column", table, Some(&column.name), message);
        }
    }
}

pub(super) fn check(draft: &mut Draft<'_>) {
    check_columns(draft);
    if draft.graph.catalog().functions.is_empty() {
        return;
    }
    check_row_types(draft);
    check_callers(draft);
}

/// Functions that take or return the row type of a table that is placed.
fn check_row_types(draft: &mut Draft<'_>) {
    let named: HashMap<String, TableIx> =
        draft.tables().map(|(ix, table)| (table.name.qualified().to_string(), ix)).collect();
    let placed = |draft: &Draft<'_>, text: &str| {
        let ix = *named.get(user_type(text)?)?;
        (*draft.placement(ix) != Placement::Local).then_some(ix)
    };
    for function in &draft.graph.catalog().functions {
        let mut taken: Vec<TableIx> = function.arguments.iter().filter_map(|one| placed(draft, one.as_str())).collect();
        taken.sort_unstable();
        taken.dedup();
        for ix in &taken {
            report_taken(draft, function, *ix);
        }
        taken.extend(function.returns.as_deref().and_then(|returned| placed(draft, returned)));
        taken.sort_unstable();
        taken.dedup();
        taken.iter().for_each(|ix| report_views(draft, function, *ix));
    }
}

fn report_taken(draft: &mut Draft<'_>, function: &Function, ix: TableIx) {
    if draft.column(ix).is_some() {
        let table = &draft.table(ix).name;
        let message = format!("function `{}` takes a row of `{table}`", function.name);
        draft.report("row-type-function", table, Some(&function.name.name), message);
    }
}

/// Citus takes the views over a table along with it, and what they need before it.
fn report_views(draft: &mut Draft<'_>, function: &Function, ix: TableIx) {
    let table = &draft.table(ix).name;
    let called = |definition: &str| mentions(definition, &function.name.name);
    for view in draft.graph.catalog().views.iter().filter(|view| called(&view.definition)) {
        let message = format!(
            "view `{}` calls function `{}`, which takes or returns rows of `{table}`",
            view.name, function.name
        );
        draft.report("circular-view", table, Some(&view.name.name), message);
    }
}

/// Checks, defaults and generated columns are worked out on the workers, where only reference tables can be read.
fn check_callers(draft: &mut Draft<'_>) {
    let unreadable: HashMap<&str, &TableName> = draft
        .tables()
        .filter(|(ix, _)| *draft.placement(*ix) != Placement::Reference)
        .map(|(_, table)| (table.name.name.as_str(), &table.name))
        .collect();
    let mut readers: HashMap<&str, &TableName> = HashMap::default();
    for function in draft.graph.catalog().functions.iter().filter(|one| one.returns.as_deref() != Some("trigger")) {
        if let Some(table) = words(&function.body).find_map(|word| unreadable.get(word)) {
            readers.insert(function.name.name.as_str(), table);
        }
    }
    if readers.is_empty() {
        return;
    }
    for (_, table) in draft.tables().filter(|(_, table)| table.partition_of.is_none()) {
        for (what, expression) in expressions(table) {
            let Some((function, read)) = words(expression).find_map(|word| readers.get_key_value(word)) else {
                continue;
            };
            if *draft.placement(draft.find(&table.name)) != Placement::Local {
                let message = format!("{what} of `{}` calls `{function}`, which reads `{read}`", table.name);
                draft.report("function-reads-table", &table.name, None, message);
            }
        }
    }
}

/// The expressions of a table that are worked out for each new row, with their names.
fn expressions(table: &Table) -> impl Iterator<Item = (String, &str)> {
    let checks = table.checks.iter().map(|check| (format!("check `{}`", check.name), check.expression.as_str()));
    let columns = table.columns.iter().flat_map(|column| {
        let generated = column.generated.as_ref().map(|generated| match generated {
            Generated::Stored(expression) | Generated::Virtual(expression) => expression.as_str(),
        });
        let all = column.default.as_deref().into_iter().chain(generated);
        all.map(move |expression| (format!("column `{}`", column.name), expression))
    });
    checks.chain(columns)
}
