//! Whether a step has been done already: a step comes in, a condition over the server's catalog goes out.
//!
//! With it a script that stopped half-way can be run again from its start.

use std::fmt::{self, Display};

use shardplan::{Change, Condition, DataType, IndexBuild, Name, Step, TableName};

use crate::quote::{literal, relation_literal};
use crate::shadow;

/// A call of one of the functions of the prelude; `Display` writes it.
pub(crate) struct Question<'p> {
    function: &'static str,
    /// The table or index that it is about.
    about: (&'p Name, &'p Name),
    of_it: OfIt<'p>,
}

/// What a question asks for in a table or an index.
enum OfIt<'p> {
    Itself,
    /// A column or a constraint.
    Part(&'p Name),
    /// A column, and the constraint that checks it.
    Checked(&'p Name, &'p Name),
    /// A column of a type.
    Typed(&'p Name, &'p DataType),
    /// A trigger of the plan's own.
    Trigger(&'static str),
    Positions(usize),
}

impl<'p> Question<'p> {
    fn new(function: &'static str, table: &'p TableName, of_it: OfIt<'p>) -> Self {
        Self { function, about: (&table.schema, &table.name), of_it }
    }

    /// About a table.
    pub(crate) fn of(function: &'static str, table: &'p TableName) -> Self {
        Self::new(function, table, OfIt::Itself)
    }

    /// About an index, which lives in the schema of its table.
    fn of_index(function: &'static str, table: &'p TableName, index: &'p Name) -> Self {
        Self { function, about: (&table.schema, index), of_it: OfIt::Itself }
    }

    /// That an index of this name is there with so many positions: the old key of the name has one less.
    pub(crate) fn is_key(table: &'p TableName, name: &'p Name, positions: usize) -> Self {
        Self { function: "is_key", about: (&table.schema, name), of_it: OfIt::Positions(positions) }
    }

    /// The opposite of [`Self::is_key`].
    pub(crate) fn is_no_key(table: &'p TableName, name: &'p Name, positions: usize) -> Self {
        Self { function: "is_no_key", ..Self::is_key(table, name, positions) }
    }

    /// That the column is of the type.
    pub(crate) fn has_type(table: &'p TableName, column: &'p Name, data_type: &'p DataType) -> Self {
        Self::new("has_type", table, OfIt::Typed(column, data_type))
    }

    /// That the table has this trigger.
    pub(crate) fn is_watched(table: &'p TableName, trigger: &'static str) -> Self {
        Self::new("has_trigger", table, OfIt::Trigger(trigger))
    }

    fn has_constraint(table: &'p TableName, name: &'p Name) -> Self {
        Self::new("has_constraint", table, OfIt::Part(name))
    }
}

impl Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (schema, name) = self.about;
        write!(f, "pg_temp.{}({}", self.function, relation_literal(schema, name))?;
        match self.of_it {
            OfIt::Itself => Ok(()),
            OfIt::Trigger(trigger) => write!(f, ", {}", literal(trigger)),
            OfIt::Part(part) => write!(f, ", {}", literal(part.as_str())),
            OfIt::Checked(column, check) => {
                write!(f, ", {}, {}", literal(column.as_str()), literal(check.as_str()))
            }
            OfIt::Typed(column, data_type) => {
                write!(f, ", {}, {}", literal(column.as_str()), literal(data_type))
            }
            OfIt::Positions(positions) => write!(f, ", {positions}"),
        }?;
        f.write_str(")")
    }
}

/// A condition that is true when there is nothing left to do; `None` when the statements can simply be repeated.
pub(crate) fn condition(step: &Step) -> Option<Question<'_>> {
    if let Some(made_anew) = in_metadata(step) {
        return Some(made_anew);
    }
    // An index that has become a key is gone under its own name: nothing tells a swap better. Otherwise the last change
    // whose effect can be seen tells, for a step is one statement or one transaction.
    let taken = step.changes.iter().find(|change| {
        // So is a table that has been placed: the foreign keys of a step that places it are there before and after.
        matches!(
            change,
            Change::AddKeyUsingIndex { .. } | Change::CreateReferenceTable { .. } | Change::Distribute { .. }
        )
    });
    taken.into_iter().chain(step.changes.iter().rev()).find_map(of_change)
}

/// What is made anew in one transaction is in Citus's metadata afterwards. Its foreign keys tell nothing, for they are there
/// before and after; unless the step does not take them out itself: then they are away before.
fn in_metadata(step: &Step) -> Option<Question<'_>> {
    let tables = step.changes.iter().find_map(|change| match change {
        Change::Remember { tables } => Some(tables),
        _ => None,
    });
    let any = |is_it: fn(&Change) -> bool| step.changes.iter().any(is_it);
    let adds_only = any(|change| matches!(change, Change::AddForeignKey { .. }))
        && !any(|change| matches!(change, Change::DropForeignKey { .. }));
    let first = tables.filter(|_| !adds_only)?.first()?;
    Some(Question::of("is_in_metadata", first))
}

pub(crate) fn of_change(change: &Change) -> Option<Question<'_>> {
    Some(match change {
        Change::AddCheck { table, name, condition: Condition::NotNull(column) } => {
            Question::new("refuses_null", table, OfIt::Checked(column, name))
        }
        Change::AddCheck { table, name, .. } => Question::has_constraint(table, name),
        Change::ValidateConstraint { table, name, .. } => Question::new("is_valid", table, OfIt::Part(name)),
        Change::SetNotNull { table, column } => Question::new("is_not_null", table, OfIt::Part(column)),
        Change::RenameConstraint { table, from, .. } => Question::new("lacks_constraint", table, OfIt::Part(from)),
        Change::AddForeignKey { foreign_key } => Question::has_constraint(&foreign_key.from, &foreign_key.name),
        Change::AddKeyUsingIndex { table, index, .. } | Change::RenameIndex { table, from: index, .. } => {
            Question::of_index("is_gone", table, index)
        }
        // The last of them: they are made together.
        Change::CreateTrigger(trigger) => {
            Question::new("has_trigger", trigger.on(), OfIt::Part(trigger.names().last()?))
        }
        Change::AddKey { table, key, .. } => Question::has_constraint(table, &key.name),
        Change::AddExclusion { table, exclusion } => Question::has_constraint(table, &exclusion.name),
        Change::Shadow(change) => return shadow::done(change),
        Change::AddKeyOnly { table, name, columns, .. } => Question::is_key(table, name, columns.len()),
        Change::AttachIndex { table, index, .. } => Question::of_index("is_attached", table, index),
        Change::Distribute { table, .. } => Question::of("is_distributed", table),
        Change::CreateReferenceTable { table } => Question::of("is_reference", table),
        _ => return None,
    })
}

/// A condition that is true when a group of an undo has been done: what it adds is there.
pub(crate) fn undone(change: &Change) -> Option<Question<'_>> {
    match change {
        Change::AddForeignKey { .. }
        | Change::CreateTrigger(_)
        | Change::AddExclusion { .. }
        | Change::AddKey { .. } => of_change(change),
        Change::ChangeType { table, column, data_type } => Some(Question::has_type(table, column, data_type)),
        // The new foreign key gives the old name back.
        Change::RenameConstraint { table, to, .. } => Some(Question::has_constraint(table, to)),
        // Valid once the indexes of all partitions are attached. A foreign key may hang on it by then.
        Change::CreateIndex { table, index, build: IndexBuild::OnlyParent } => {
            Some(Question::is_key(table, &index.name, index.elements.len()))
        }
        _ => None,
    }
}

/// What drops the invalid index that a concurrent build which failed has left under the name of this one.
pub(crate) fn drop_leftover(change: &Change) -> Option<Question<'_>> {
    let Change::CreateIndex { table, index, build: IndexBuild::Concurrently } = change else { return None };
    Some(Question::of_index("drop_leftover", table, &index.name))
}
