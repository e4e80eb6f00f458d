//! Whether a step has been done already: a step comes in, a condition over the server's catalog goes out.
//!
//! With it a script that stopped half-way can be run again from its start.

use shardplan::{Change, IndexBuild, Name, Step, TableName};

use crate::quote::{literal, name_literal};
use crate::statement::beside;

/// A condition that is true when there is nothing left to do; `None` when the statements can simply be repeated.
pub(crate) fn condition(step: &Step) -> Option<String> {
    // An index that has become a key is gone under its own name: nothing tells a swap better. Otherwise the last change
    // whose effect can be seen tells, for a step is one statement or one transaction.
    let taken = step.changes.iter().find(|change| matches!(change, Change::AddKeyUsingIndex { .. }));
    taken.into_iter().chain(step.changes.iter().rev()).find_map(of_change)
}

pub(crate) fn of_change(change: &Change) -> Option<String> {
    Some(match change {
        Change::AddNotNullCheck { table, name, column } => {
            format!("{} OR {}", has_constraint(table, name), of_column("is_not_null", table, column))
        }
        Change::ValidateConstraint { table, name, .. } => of_column("is_valid", table, name),
        Change::SetNotNull { table, column } => of_column("is_not_null", table, column),
        Change::RenameConstraint { table, from, .. } => format!("NOT {}", has_constraint(table, from)),
        Change::AddForeignKey { foreign_key } => has_constraint(&foreign_key.from, &foreign_key.name),
        Change::AddKeyUsingIndex { table, index, .. } | Change::RenameIndex { table, from: index, .. } => {
            format!("to_regclass({}) IS NULL", name_literal(&beside(table, index)))
        }
        Change::KeepKey(keep) => of_column("has_trigger", &keep.from.table, &keep.on_update),
        Change::PassKeyOn(pass) => of_column("has_trigger", pass.on(), &pass.function),
        Change::AddKeyOnly { table, name, columns, .. } => is_key(table, name, columns.len()),
        Change::AttachIndex { table, index, .. } => of("is_attached", &beside(table, index)),
        Change::Distribute { table, .. } => of("is_distributed", table),
        Change::CreateReferenceTable { table } => of("is_reference", table),
        _ => return None,
    })
}

/// A condition that is true when a group of an undo has been done: what it adds is there.
pub(crate) fn undone(change: &Change) -> Option<String> {
    match change {
        Change::AddForeignKey { .. } | Change::KeepKey(_) | Change::PassKeyOn(_) => of_change(change),
        // The new foreign key gives the old name back.
        Change::RenameConstraint { table, to, .. } => Some(has_constraint(table, to)),
        Change::AddExclusion { table, exclusion } => Some(has_constraint(table, &exclusion.name)),
        Change::AddKey { table, key, .. } => Some(has_constraint(table, &key.name)),
        _ => None,
    }
}

/// What drops the invalid index that a concurrent build which failed has left under the name of this one.
pub(crate) fn leftover(change: &Change) -> Option<String> {
    let Change::CreateIndex { table, index, build: IndexBuild::Concurrently } = change else { return None };
    let index = beside(table, &index.name);
    Some(format!(
        "SELECT {} AS leftover \\gset\n\\if :leftover\nDROP INDEX CONCURRENTLY {};\n\\endif\n",
        of("is_leftover", &index),
        index.qualified()
    ))
}

/// That an index of this name is there with so many positions: the old key of the name has one less.
pub(crate) fn is_key(table: &TableName, name: &Name, positions: usize) -> String {
    format!("pg_temp.is_key({}, {positions})", name_literal(&beside(table, name)))
}

/// A question about a table or an index, by one of the functions of the prelude.
pub(crate) fn of(function: &str, name: &TableName) -> String {
    format!("pg_temp.{function}({})", name_literal(name))
}

/// A question about a column or a constraint of a table.
fn of_column(function: &str, table: &TableName, name: &Name) -> String {
    format!("pg_temp.{function}({}, {})", name_literal(table), literal(name.as_str()))
}

fn has_constraint(table: &TableName, name: &Name) -> String {
    of_column("has_constraint", table, name)
}
