//! What a change does to a schema on plain PostgreSQL: a catalog and changes come in, the catalog as it is afterwards goes out.
//! Knows nothing of Citus: a change that calls one of its functions leaves the schema as it is.

mod beside;
mod remade;
mod removed;
mod tables;

use crate::catalog::{
    Catalog, Check, Column, Exclusion, ForeignKey, Index, IndexPart, Key, ReplicaIdentity, Table, Timing, Trigger,
};
use crate::name::{Name, TableName};
use crate::plan::Phase;
use crate::plan::change::{Change, Commented, KeyKind};

pub(super) use remade::Remembered;
pub(super) use tables::{Place, Tables, Tie};

/// A catalog in which tables and foreign keys are found by name.
pub(in crate::plan) struct Schema {
    /// All of it but the tables and the foreign keys.
    catalog: Catalog,
    tables: Tables,
}

impl Schema {
    /// As it is after all steps of these phases.
    pub(in crate::plan) fn after<'p>(catalog: Catalog, phases: impl IntoIterator<Item = &'p Phase>) -> Self {
        let mut schema = Self::new(catalog);
        for change in phases.into_iter().flat_map(|phase| &phase.steps).flat_map(|step| &step.changes) {
            schema.apply(change);
        }
        schema
    }

    pub(super) fn new(mut catalog: Catalog) -> Self {
        let keys = std::mem::take(&mut catalog.foreign_keys);
        let tables = Tables::new(std::mem::take(&mut catalog.tables), keys);
        Self { catalog, tables }
    }

    pub(super) fn into_catalog(mut self) -> Catalog {
        (self.catalog.tables, self.catalog.foreign_keys) = self.tables.into_lists();
        self.catalog.sort();
        self.catalog
    }

    pub(in crate::plan) fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables.at(self.tables.find(name)?).map(|table| &**table)
    }

    /// All of it but the tables and the foreign keys.
    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The table and, if it is partitioned, its partitions on every level.
    pub(super) fn family(&self, place: Place) -> impl Iterator<Item = &Table> {
        self.tables.family(place).filter_map(|at| self.tables.at(at)).map(|table| &**table)
    }

    /// The foreign keys of a table and of its partitions.
    pub(super) fn outgoing(&self, place: Place) -> impl Iterator<Item = &Tie> {
        self.tables.family(place).flat_map(|at| self.tables.outgoing(at))
    }

    /// The foreign keys that reference a table or one of its partitions.
    pub(super) fn incoming(&self, place: Place) -> impl Iterator<Item = &Tie> {
        self.tables.family(place).flat_map(|at| self.tables.incoming(at))
    }

    fn rename_foreign_key(&mut self, table: &TableName, from: &Name, to: &Name) {
        if let Some(tie) = self.tables.drop_key(table, from) {
            self.tables.add_key(ForeignKey { name: to.clone(), ..tie.key.clone() });
        }
    }

    /// Changes the table of that name, if it is there.
    pub(super) fn one(&mut self, name: &TableName, change: impl FnOnce(&mut Table)) {
        if let Some(table) = self.tables.find(name).and_then(|at| self.tables.change(at)) {
            change(table);
        }
    }

    /// Changes the table of that name and, if it is partitioned, its partitions on every level.
    fn with_partitions(&mut self, name: &TableName, mut change: impl FnMut(&mut Table)) {
        let Some(place) = self.tables.find(name) else { return };
        let family: Vec<Place> = self.tables.family(place).collect();
        for at in family {
            self.tables.change(at).into_iter().for_each(&mut change);
        }
    }

    /// Changes the column of that name, in partitions too.
    fn change_column(&mut self, table: &TableName, column: &Name, change: impl Fn(&mut Column)) {
        self.with_partitions(table, |table| {
            table.columns.iter_mut().filter(|other| other.name == *column).for_each(&change);
        });
    }

    pub(super) fn apply(&mut self, change: &Change) {
        apply(change, self);
    }
}

fn apply(change: &Change, schema: &mut Schema) {
    match change {
        Change::AddColumn { table, column, data_type, collation } => {
            let added = Column { collation: collation.clone(), ..Column::new(column.clone(), data_type.clone()) };
            schema.with_partitions(table, |table| table.columns.push(added.clone()));
        }
        Change::DropColumn { table, column } => {
            schema.with_partitions(table, |table| table.columns.retain(|kept| kept.name != *column));
        }
        Change::RenameColumn { table, from, to } => rename_column(schema, table, from, to),
        Change::SetDefault { table, column, default } => {
            schema.change_column(table, column, |column| column.default = Some(default.clone()));
        }
        Change::ChangeType { table, column, data_type } => {
            schema.change_column(table, column, |column| column.data_type = data_type.clone());
        }
        Change::AddCheck { table, name, condition } => {
            let expression = condition.to_string();
            let check = Check { name: name.clone(), expression, no_inherit: false, validated: false, comment: None };
            schema.with_partitions(table, |table| table.checks.push(check.clone()));
        }
        Change::ValidateConstraint { table, name, .. } => validate(schema, table, name),
        Change::SetNotNull { table, column } => schema.change_column(table, column, |column| column.not_null = true),
        Change::DropNotNull { table, column } => schema.change_column(table, column, |column| column.not_null = false),
        Change::DropConstraint { table, name } => schema.with_partitions(table, |table| drop_constraint(table, name)),
        Change::DropForeignKey { table, name, .. } => {
            schema.tables.drop_key(table, name);
        }
        Change::RenameConstraint { table, from, to } => {
            schema.rename_foreign_key(table, from, to);
        }
        Change::AddForeignKey { foreign_key } => schema.tables.add_key(ForeignKey::clone(foreign_key)),
        Change::Comment { on, text } => comment(schema, on, text),
        index_change => apply_to_index(index_change, schema),
    }
}

fn apply_to_index(change: &Change, schema: &mut Schema) {
    match change {
        Change::CreateIndex { table, index, .. } => schema.one(table, |table| table.indexes.push(Index::clone(index))),
        Change::AttachIndex { parent_index, table, index, .. } => {
            schema.one(table, |table| attach(table, index, parent_index));
        }
        Change::DropIndex { table, index, .. } => schema.with_partitions(table, |table| drop_index(table, index)),
        Change::RenameIndex { table, from, to } => schema.with_partitions(table, |table| rename(table, from, to)),
        Change::AddKeyUsingIndex { table, name, kind, index, timing } => {
            schema.one(table, |table| promote(table, name, *kind, index, *timing));
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
            schema.one(table, |table| add_key(table, *kind, key));
        }
        Change::AddKey { table, kind, key } => schema.one(table, |table| add_key(table, *kind, Key::clone(key))),
        Change::AddExclusion { table, exclusion } => {
            schema.one(table, |table| table.exclusions.push(Exclusion::clone(exclusion)));
        }
        Change::SetReplicaIdentity { table, identity } => {
            schema.one(table, |table| table.replica_identity = identity.clone());
        }
        Change::ClusterOn { table, index } => schema.one(table, |table| table.clustered_on = Some(index.clone())),
        other => apply_to_triggers(other, schema),
    }
}

fn apply_to_triggers(change: &Change, schema: &mut Schema) {
    match change {
        Change::CreateTrigger(trigger) => schema.one(trigger.on(), |table| {
            table.triggers.extend(trigger.names().into_iter().map(|name| Trigger {
                name: name.clone(),
                definition: String::new(),
                function: TableName::new("shardplan", name.as_str()),
                enabled: true,
            }));
        }),
        Change::DropTriggers { table, triggers } => schema.one(table, |table| {
            table.triggers.retain(|trigger| !triggers.contains(&trigger.name));
        }),
        Change::Shadow(change) => schema.apply_to_shadows(change),
        Change::Remove { table, object } => schema.one(table, |table| removed::remove(table, object)),
        Change::BringBack { table, object } => schema.one(table, |table| removed::bring_back(table, object)),
        Change::SetIdentity { table, column, sequence, identity } => {
            schema.set_identity((table, column), sequence, *identity);
        }
        // Backfills change rows only, and what Citus does to a schema is none of this module's business.
        _ => {}
    }
}

fn validate(schema: &mut Schema, table: &TableName, name: &Name) {
    schema.tables.change_key(table, name, |key| key.validated = true);
    schema.with_partitions(table, |table| {
        table.checks.iter_mut().filter(|check| check.name == *name).for_each(|check| check.validated = true);
    });
}

/// Renames a column, with what names it: keys, indexes and foreign keys. No expression does where the plan renames one.
fn rename_column(schema: &mut Schema, table: &TableName, from: &Name, to: &Name) {
    let renamed = |name: &mut Name| {
        if name == from {
            *name = to.clone();
        }
    };
    if let Some(place) = schema.tables.find(table) {
        schema.tables.change_keys_of(place, |key| {
            key.columns.iter_mut().map(|pair| &mut pair.from).chain(&mut key.set_columns).for_each(renamed);
        });
    }
    schema.one(table, |table| {
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

fn comment(schema: &mut Schema, on: &Commented, text: &str) {
    let text = || Some(text.to_owned());
    match on {
        Commented::Table(name) => schema.one(name, |table| table.comment = text()),
        Commented::Column(name, column) => schema.one(name, |table| {
            table.columns.iter_mut().filter(|other| other.name == *column).for_each(|column| column.comment = text());
        }),
        Commented::Index(name, index) => schema.one(name, |table| {
            table.indexes.iter_mut().filter(|other| other.name == *index).for_each(|index| index.comment = text());
        }),
        Commented::Constraint(name, constraint) => {
            schema.tables.change_key(name, constraint, |key| key.comment = text());
            schema.one(name, |table| {
                let keys = table.primary_key.iter_mut().chain(&mut table.unique);
                keys.filter(|key| key.name == *constraint).for_each(|key| key.comment = text());
                let checks = table.checks.iter_mut().filter(|check| check.name == *constraint);
                checks.for_each(|check| check.comment = text());
            });
        }
        Commented::View(name) => {
            schema.catalog.views.iter_mut().filter(|view| view.name == *name).for_each(|view| view.comment = text());
        }
    }
}
