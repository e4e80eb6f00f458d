//! What a change does to a schema: a catalog and changes come in, the catalog as it is afterwards goes out. Only the changes
//! before the distribution; what Citus does to a table is not modelled here.

use super::Plan;
use super::change::{Change, Commented, KeyKind};
use crate::catalog::{
    Catalog, Check, Column, Exclusion, ForeignKey, Index, IndexPart, Key, ReplicaIdentity, Table, Timing,
};
use crate::name::{Name, TableName};

impl Plan {
    /// The schema that the plan promises once all phases before the distribution have run on this one.
    pub fn prepared(&self, mut catalog: Catalog) -> Catalog {
        let phases = self.phases.iter().filter(|phase| phase.kind.is_preparation());
        for change in phases.flat_map(|phase| &phase.steps).flat_map(|step| &step.changes) {
            apply(change, &mut catalog);
        }
        catalog.sort();
        catalog
    }
}

fn apply(change: &Change, catalog: &mut Catalog) {
    match change {
        Change::AddColumn { table, column, data_type, collation } => {
            let added = Column { collation: collation.clone(), ..Column::new(column.clone(), data_type.clone()) };
            with_partitions(catalog, table, |table| table.columns.push(added.clone()));
        }
        Change::DropColumn { table, column } => {
            with_partitions(catalog, table, |table| table.columns.retain(|kept| kept.name != *column));
        }
        Change::RenameColumn { table, from, to } => rename_column(catalog, table, from, to),
        Change::SetDefault { table, column, default } => {
            change_column(catalog, table, column, |column| column.default = Some(default.clone()));
        }
        Change::ChangeType { table, column, data_type } => {
            change_column(catalog, table, column, |column| column.data_type = data_type.clone());
        }
        Change::AddCheck { table, name, condition } => {
            let expression = condition.to_string();
            let check = Check { name: name.clone(), expression, no_inherit: false, validated: false, comment: None };
            with_partitions(catalog, table, |table| table.checks.push(check.clone()));
        }
        Change::ValidateConstraint { table, name, .. } => validate(catalog, table, name),
        Change::SetNotNull { table, column } => change_column(catalog, table, column, |column| column.not_null = true),
        Change::DropNotNull { table, column } => {
            change_column(catalog, table, column, |column| column.not_null = false)
        }
        Change::DropConstraint { table, name } => with_partitions(catalog, table, |table| drop_constraint(table, name)),
        Change::DropForeignKey { table, name, .. } => {
            catalog.foreign_keys.retain(|key| key.from != *table || key.name != *name);
        }
        Change::RenameConstraint { table, from, to } => {
            foreign_key(catalog, table, from, |key| key.name = to.clone());
        }
        Change::AddForeignKey { foreign_key } => catalog.foreign_keys.push(ForeignKey::clone(foreign_key)),
        Change::Comment { on, text } => comment(catalog, on, text),
        index_change => apply_to_index(index_change, catalog),
    }
}

fn apply_to_index(change: &Change, catalog: &mut Catalog) {
    match change {
        Change::CreateIndex { table, index, .. } => {
            one(catalog, table, |table| table.indexes.push(Index::clone(index)))
        }
        Change::AttachIndex { parent_index, table, index, .. } => {
            one(catalog, table, |table| attach(table, index, parent_index));
        }
        Change::DropIndex { table, index, .. } => with_partitions(catalog, table, |table| drop_index(table, index)),
        Change::RenameIndex { table, from, to } => with_partitions(catalog, table, |table| rename(table, from, to)),
        Change::AddKeyUsingIndex { table, name, kind, index, timing } => {
            one(catalog, table, |table| promote(table, name, *kind, index, *timing));
        }
        Change::AddKeyOnly { table, name, kind, columns, include, timing } => {
            let key = Key {
                name: name.clone(),
                columns: columns.clone(),
                include: include.clone(),
                nulls_not_distinct: false,
                timing: *timing,
                attached_to: None,
                comment: None,
            };
            one(catalog, table, |table| add_key(table, *kind, key));
        }
        Change::AddKey { table, kind, key } => one(catalog, table, |table| add_key(table, *kind, Key::clone(key))),
        Change::AddExclusion { table, exclusion } => {
            one(catalog, table, |table| table.exclusions.push(Exclusion::clone(exclusion)));
        }
        Change::SetReplicaIdentity { table, identity } => {
            one(catalog, table, |table| table.replica_identity = identity.clone());
        }
        Change::ClusterOn { table, index } => one(catalog, table, |table| table.clustered_on = Some(index.clone())),
        // A backfill changes rows only, and the others come after the preparation.
        _ => {}
    }
}

/// Changes the table of that name, if it is there.
fn one(catalog: &mut Catalog, name: &TableName, change: impl FnOnce(&mut Table)) {
    if let Some(table) = catalog.tables.iter_mut().find(|table| table.name == *name) {
        change(table);
    }
}

/// Changes the table of that name and, if it is partitioned, its partitions on every level.
fn with_partitions(catalog: &mut Catalog, name: &TableName, mut change: impl FnMut(&mut Table)) {
    let mut names = vec![name.clone()];
    let mut next = 0;
    while let Some(parent) = names.get(next).cloned() {
        let is_part = |table: &&Table| table.partition_of.as_ref().is_some_and(|part| part.parent == parent);
        names.extend(catalog.tables.iter().filter(is_part).map(|table| table.name.clone()));
        one(catalog, &parent, &mut change);
        next += 1;
    }
}

fn foreign_key(catalog: &mut Catalog, table: &TableName, name: &Name, change: impl FnOnce(&mut ForeignKey)) {
    if let Some(key) = catalog.foreign_keys.iter_mut().find(|key| key.from == *table && key.name == *name) {
        change(key);
    }
}

fn validate(catalog: &mut Catalog, table: &TableName, name: &Name) {
    foreign_key(catalog, table, name, |key| key.validated = true);
    with_partitions(catalog, table, |table| {
        table.checks.iter_mut().filter(|check| check.name == *name).for_each(|check| check.validated = true);
    });
}

/// Changes the column of that name, in partitions too.
fn change_column(catalog: &mut Catalog, table: &TableName, column: &Name, change: impl Fn(&mut Column)) {
    with_partitions(catalog, table, |table| {
        table.columns.iter_mut().filter(|other| other.name == *column).for_each(&change);
    });
}

/// Renames a column, with what names it: keys, indexes and foreign keys. No expression does where the plan renames one.
fn rename_column(catalog: &mut Catalog, table: &TableName, from: &Name, to: &Name) {
    let renamed = |name: &mut Name| {
        if name == from {
            *name = to.clone();
        }
    };
    let own = catalog.foreign_keys.iter_mut().filter(|key| key.from == *table);
    own.for_each(|key| key.columns.iter_mut().map(|pair| &mut pair.from).chain(&mut key.set_columns).for_each(renamed));
    one(catalog, table, |table| {
        table.columns.iter_mut().map(|column| &mut column.name).for_each(renamed);
        let keys = table.primary_key.iter_mut().chain(&mut table.unique);
        keys.flat_map(|key| key.columns.iter_mut().chain(&mut key.include)).for_each(renamed);
        for index in &mut table.indexes {
            index.include.iter_mut().for_each(renamed);
            for element in &mut index.elements {
                if let IndexPart::Column(name) = &mut element.part {
                    renamed(name);
                }
            }
        }
    });
}

/// Drops a constraint, or on a partition the one that belongs to it.
fn drop_constraint(table: &mut Table, name: &Name) {
    let stays = |key: &Key| key.name != *name && key.attached_to.as_ref() != Some(name);
    let gone: Vec<Name> = table.keys().filter(|key| !stays(key)).map(|key| key.name.clone()).collect();
    table.primary_key.take_if(|key| !stays(key));
    table.unique.retain(stays);
    table.checks.retain(|check| check.name != *name);
    table.exclusions.retain(|exclusion| exclusion.name != *name);
    gone.iter().for_each(|index| forget_marks(table, index));
}

fn drop_index(table: &mut Table, name: &Name) {
    table.indexes.retain(|index| index.name != *name && index.attached_to.as_ref() != Some(name));
    forget_marks(table, name);
}

/// What remembers an index forgets it when it goes.
fn forget_marks(table: &mut Table, index: &Name) {
    table.clustered_on.take_if(|clustered| clustered == index);
    if table.replica_identity == ReplicaIdentity::Index(index.clone()) {
        table.replica_identity = ReplicaIdentity::Nothing;
    }
}

fn attach(table: &mut Table, index: &Name, parent: &Name) {
    let keys = table.primary_key.iter_mut().chain(&mut table.unique);
    keys.filter(|key| key.name == *index).for_each(|key| key.attached_to = Some(parent.clone()));
    let indexes = table.indexes.iter_mut().filter(|other| other.name == *index);
    indexes.for_each(|index| index.attached_to = Some(parent.clone()));
}

fn rename(table: &mut Table, from: &Name, to: &Name) {
    for index in &mut table.indexes {
        if index.name == *from {
            index.name = to.clone();
        }
        if index.attached_to.as_ref() == Some(from) {
            index.attached_to = Some(to.clone());
        }
    }
}

/// Makes an index a constraint.
fn promote(table: &mut Table, name: &Name, kind: KeyKind, index: &Name, timing: Timing) {
    let Some(at) = table.indexes.iter().position(|other| other.name == *index) else { return };
    let Index { elements, include, nulls_not_distinct, .. } = table.indexes.remove(at);
    let columns = elements.into_iter().filter_map(|element| match element.part {
        IndexPart::Column(column) => Some(column),
        IndexPart::Expression(_) => None,
    });
    let key = Key {
        name: name.clone(),
        columns: columns.collect(),
        include,
        nulls_not_distinct,
        timing,
        attached_to: None,
        comment: None,
    };
    add_key(table, kind, key);
}

fn add_key(table: &mut Table, kind: KeyKind, key: Key) {
    match kind {
        KeyKind::Unique => table.unique.push(key),
        KeyKind::Primary => {
            table
                .columns
                .iter_mut()
                .filter(|column| key.columns.contains(&column.name))
                .for_each(|column| column.not_null = true);
            table.primary_key = Some(key);
        }
    }
}

fn comment(catalog: &mut Catalog, on: &Commented, text: &str) {
    let text = || Some(text.to_owned());
    match on {
        Commented::Table(name) => one(catalog, name, |table| table.comment = text()),
        Commented::Column(name, column) => one(catalog, name, |table| {
            table.columns.iter_mut().filter(|other| other.name == *column).for_each(|column| column.comment = text());
        }),
        Commented::Index(name, index) => one(catalog, name, |table| {
            table.indexes.iter_mut().filter(|other| other.name == *index).for_each(|index| index.comment = text());
        }),
        Commented::Constraint(name, constraint) => {
            foreign_key(catalog, name, constraint, |key| key.comment = text());
            one(catalog, name, |table| {
                let keys = table.primary_key.iter_mut().chain(&mut table.unique);
                keys.filter(|key| key.name == *constraint).for_each(|key| key.comment = text());
                let checks = table.checks.iter_mut().filter(|check| check.name == *constraint);
                checks.for_each(|check| check.comment = text());
            });
        }
        Commented::View(name) => {
            catalog.views.iter_mut().filter(|view| view.name == *name).for_each(|view| view.comment = text());
        }
    }
}
