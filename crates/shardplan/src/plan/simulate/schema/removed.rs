//! What goes from a table before the distribution, and comes back when that is taken back: triggers, rules, policies, identity.

use super::Schema;
use crate::catalog::{Column, Identity, Table};
use crate::name::{Name, QualifiedName, TableName};
use crate::plan::change::TableObject;

pub(super) fn remove(table: &mut Table, object: &TableObject) {
    match object {
        TableObject::Trigger(gone) => table.triggers.retain(|one| one.name != gone.name),
        TableObject::Rule(gone) => table.rules.retain(|one| one.name != gone.name),
        TableObject::Policy(gone) => table.policies.retain(|one| one.name != gone.name),
    }
}

pub(super) fn bring_back(table: &mut Table, object: &TableObject) {
    match object {
        TableObject::Trigger(trigger) => table.triggers.push(trigger.clone()),
        TableObject::Rule(rule) => table.rules.push(rule.clone()),
        TableObject::Policy(policy) => table.policies.push(policy.clone()),
    }
}

impl Schema {
    /// Of the column, and of those of partitions that share its sequence.
    pub(super) fn set_identity(
        &mut self,
        (table, column): (&TableName, &Name),
        sequence: &QualifiedName,
        identity: Option<Identity>,
    ) {
        let literal = sequence.qualified().to_string().replace('\'', "''");
        let default = identity.is_none().then(|| format!("nextval('{literal}'::regclass)"));
        let is_filled = |other: &Column| other.identity.is_some() || other.default.is_some();
        self.change_column(table, column, |column| {
            if is_filled(column) {
                (column.identity, column.default) = (identity, default.clone());
            }
        });
        for made in self.catalog.sequences.iter_mut().filter(|made| made.name == *sequence) {
            made.identity = identity.is_some();
        }
    }
}
