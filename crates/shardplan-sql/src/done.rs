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

fn of_change(change: &Change) -> Option<String> {
    Some(match change {
        Change::AddNotNullCheck { table, name, column } => {
            format!("{} OR {}", has_constraint(table, name, ""), is_not_null(table, column))
        }
        Change::ValidateConstraint { table, name, .. } => {
            format!("NOT {}", has_constraint(table, name, " AND NOT convalidated"))
        }
        Change::SetNotNull { table, column } => is_not_null(table, column),
        Change::RenameConstraint { table, from, .. } => format!("NOT {}", has_constraint(table, from, "")),
        Change::AddForeignKey { foreign_key } => {
            has_constraint(&foreign_key.from, &foreign_key.name, " AND contype = 'f'")
        }
        Change::AddKeyUsingIndex { table, index, .. } | Change::RenameIndex { table, from: index, .. } => {
            format!("to_regclass({}) IS NULL", name_literal(&beside(table, index)))
        }
        Change::AttachIndex { table, index, .. } => format!(
            "EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass({}))",
            name_literal(&beside(table, index))
        ),
        Change::Distribute { table, .. } => is_placed(table, "partmethod = 'h'"),
        Change::CreateReferenceTable { table } => is_placed(table, "partmethod = 'n' AND repmodel = 't'"),
        _ => return None,
    })
}

/// What drops the invalid index that a concurrent build which failed has left under the name of this one.
pub(crate) fn leftover(change: &Change) -> Option<String> {
    let Change::CreateIndex { table, index, build: IndexBuild::Concurrently } = change else { return None };
    let index = beside(table, &index.name);
    Some(format!(
        "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({}) AND NOT indisvalid) AS leftover \\gset\n\\if :leftover\nDROP INDEX CONCURRENTLY {};\n\\endif\n",
        name_literal(&index),
        index.qualified()
    ))
}

/// That an index of this name is there with so many positions: the old key of the name has one less.
pub(crate) fn is_key(table: &TableName, name: &Name, positions: usize) -> String {
    format!(
        "EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass({}) AND indnkeyatts = {positions})",
        name_literal(&beside(table, name))
    )
}

/// That Citus knows the table as a distributed or a reference table.
pub(crate) fn is_placed(table: &TableName, how: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = to_regclass({}) AND {how})",
        name_literal(table)
    )
}

fn has_constraint(table: &TableName, name: &Name, and: &str) -> String {
    format!(
        "EXISTS (SELECT FROM pg_constraint WHERE conrelid = to_regclass({}) AND conname = {}{and})",
        name_literal(table),
        literal(name.as_str())
    )
}

fn is_not_null(table: &TableName, column: &Name) -> String {
    format!(
        "EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass({}) AND attname = {} AND attnotnull)",
        name_literal(table),
        literal(column.as_str())
    )
}
