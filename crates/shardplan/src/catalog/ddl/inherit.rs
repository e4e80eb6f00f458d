//! Parents of a table in, their columns merged into it out: `INHERITS`, `PARTITION OF`, and both added later.

use super::apply;
use super::clone;
use super::cursor::{Outcome, Why, fail};
use super::draft::{Draft, Scope};
use crate::catalog::{Check, Column, PartitionOf, Table};
use crate::name::{Name, TableName};

/// Puts the columns of all `INHERITS` parents before those of the table.
pub(super) fn merge_all(draft: &mut Draft, table: &mut Table) {
    if table.inherits.is_empty() {
        return;
    }
    let own = std::mem::take(&mut table.columns);
    for parent in table.inherits.clone() {
        match draft.tables.get(&parent) {
            Some(found) => found.columns.iter().for_each(|column| put_column(&mut table.columns, inherited(column))),
            None => draft.skip(Why(format!("there is no table `{parent}` to inherit from at this point of the text"))),
        }
    }
    own.into_iter().for_each(|column| put_column(&mut table.columns, column));
}

/// Gives a partition the columns and checks of its parent.
pub(super) fn merge(draft: &Draft, table: &mut Table, parent: &TableName) -> Outcome {
    let Some(found) = draft.tables.get(parent) else {
        return fail(format!("there is no table `{parent}` to be a partition of at this point of the text"));
    };
    table.columns = found.columns.iter().map(inherited).collect();
    table.checks = found.checks.iter().filter(|check| !check.no_inherit).map(without_comment).collect();
    Ok(())
}

/// What a child gets of a column: its sequence stays the parent's.
fn inherited(column: &Column) -> Column {
    Column { identity: None, sequence: None, comment: None, ..column.clone() }
}

fn without_comment(check: &Check) -> Check {
    Check { comment: None, ..check.clone() }
}

/// Adds a column, or merges it into the one of the same name, whose place it takes.
pub(super) fn put_column(columns: &mut Vec<Column>, column: Column) {
    match columns.iter_mut().find(|existing| existing.name == column.name) {
        Some(existing) => {
            let not_null = existing.not_null || column.not_null;
            let default = column.default.clone().or(existing.default.take());
            let generated = column.generated.clone().or(existing.generated.take());
            *existing = Column { not_null, default, generated, ..column };
        }
        None => columns.push(column),
    }
}

/// `ATTACH PARTITION`: the partition gets the indexes that it lacks.
pub(super) fn attach(draft: &mut Draft, parent: &TableName, partition: &TableName, bound: String) -> Outcome {
    draft.table(parent)?;
    let table = draft.table(partition)?;
    table.partition_of = Some(PartitionOf { parent: parent.clone(), bound });
    draft.children.entry(parent.clone()).or_default().insert(partition.clone());
    drop_twin_references(draft, parent, partition);
    not_null_from(draft, parent, partition)?;
    clone::from_parent(draft, parent, partition);
    Ok(())
}

/// A foreign key of a partition that its parent has too becomes part of the parent's.
fn drop_twin_references(draft: &mut Draft, parent: &TableName, partition: &TableName) {
    let above = draft.references.get(parent).cloned().unwrap_or_default();
    if let Some(own) = draft.references.get_mut(partition) {
        own.retain(|reference| {
            !above.iter().any(|twin| {
                twin.columns == reference.columns
                    && twin.referenced == reference.referenced
                    && twin.key.to == reference.key.to
                    && twin.key.on_delete == reference.key.on_delete
                    && twin.key.on_update == reference.key.on_update
            })
        });
    }
}

fn not_null_from(draft: &mut Draft, parent: &TableName, child: &TableName) -> Outcome {
    let columns: Vec<Name> = draft
        .table(parent)?
        .columns
        .iter()
        .filter(|column| column.not_null)
        .map(|column| column.name.clone())
        .collect();
    for column in columns {
        apply::set_not_null(draft, child, &column, Scope::WithChildren)?;
    }
    Ok(())
}

/// `DETACH PARTITION`: what hung on the parent's indexes stands alone.
pub(super) fn detach(draft: &mut Draft, parent: &TableName, partition: &TableName) -> Outcome {
    let table = draft.table(partition)?;
    table.partition_of = None;
    table.primary_key.iter_mut().chain(&mut table.unique).for_each(|key| key.attached_to = None);
    table.indexes.iter_mut().for_each(|index| index.attached_to = None);
    if let Some(children) = draft.children.get_mut(parent) {
        children.remove(partition);
    }
    Ok(())
}

/// `INHERIT parent`.
pub(super) fn inherit(draft: &mut Draft, table: &TableName, parent: TableName) -> Outcome {
    draft.table(&parent)?;
    draft.children.entry(parent.clone()).or_default().insert(table.clone());
    draft.table(table)?.inherits.push(parent);
    Ok(())
}

/// `NO INHERIT parent`.
pub(super) fn disinherit(draft: &mut Draft, table: &TableName, parent: &TableName) -> Outcome {
    draft.table(table)?.inherits.retain(|existing| existing != parent);
    if let Some(children) = draft.children.get_mut(parent) {
        children.remove(table);
    }
    Ok(())
}
