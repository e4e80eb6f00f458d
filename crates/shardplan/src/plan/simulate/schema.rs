//! What a change does to a schema on plain PostgreSQL: a catalog and changes come in, the catalog as it is afterwards goes out.
//! Knows nothing of Citus: a change that calls one of its functions leaves the schema as it is.

mod beside;
mod remade;
mod removed;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use crate::catalog::{
    Catalog, Check, Column, Exclusion, ForeignKey, Index, IndexPart, Key, ReplicaIdentity, Table, Timing, Trigger,
};
use crate::name::{Name, TableName};
use crate::plan::Phase;
use crate::plan::change::{Change, Commented, KeyKind};

pub(super) use remade::Remembered;

/// What names a foreign key: its referencing table and its own name.
type ForeignKeyName = (TableName, Name);

/// A catalog in which tables and foreign keys are found by name.
pub(in crate::plan) struct Schema {
    /// All of it but the foreign keys.
    catalog: Catalog,
    foreign_keys: BTreeMap<ForeignKeyName, ForeignKey>,
    /// By referenced table.
    referencing: HashMap<TableName, BTreeSet<ForeignKeyName>>,
    places: HashMap<TableName, usize>,
    /// By partitioned table, one level down.
    partitions: HashMap<TableName, Vec<usize>>,
    inherited: HashSet<TableName>,
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
        let foreign_keys = std::mem::take(&mut catalog.foreign_keys);
        let places = catalog.tables.iter().enumerate().map(|(at, table)| (table.name.clone(), at)).collect();
        let mut partitions: HashMap<TableName, Vec<usize>> = HashMap::default();
        for (at, table) in catalog.tables.iter().enumerate() {
            if let Some(part) = &table.partition_of {
                partitions.entry(part.parent.clone()).or_default().push(at);
            }
        }
        let inherited = catalog.tables.iter().flat_map(|table| &table.inherits).cloned().collect();
        let mut schema = Self {
            catalog,
            foreign_keys: BTreeMap::new(),
            referencing: HashMap::default(),
            places,
            partitions,
            inherited,
        };
        foreign_keys.into_iter().for_each(|key| schema.add_foreign_key(key));
        schema
    }

    pub(super) fn into_catalog(mut self) -> Catalog {
        self.catalog.foreign_keys = self.foreign_keys.into_values().collect();
        self.catalog.sort();
        self.catalog
    }

    pub(in crate::plan) fn table(&self, name: &TableName) -> Option<&Table> {
        self.places.get(name).map(|at| &self.catalog.tables[*at])
    }

    pub(super) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The table and, if it is partitioned, its partitions on every level.
    pub(super) fn family(&self, name: &TableName) -> Vec<&Table> {
        self.family_places(name).into_iter().map(|at| &self.catalog.tables[at]).collect()
    }

    fn family_places(&self, name: &TableName) -> Vec<usize> {
        let mut places: Vec<usize> = self.places.get(name).copied().into_iter().collect();
        let mut next = 0;
        while let Some(at) = places.get(next) {
            places.extend(self.partitions.get(&self.catalog.tables[*at].name).into_iter().flatten());
            next += 1;
        }
        places
    }

    pub(super) fn foreign_key(&self, table: &TableName, name: &Name) -> Option<&ForeignKey> {
        self.foreign_keys.get(&(table.clone(), name.clone()))
    }

    /// The foreign keys of a table, by name.
    pub(super) fn outgoing(&self, table: &TableName) -> impl Iterator<Item = &ForeignKey> {
        let from = (table.clone(), Name::from(""));
        self.foreign_keys.range(from..).map(|(_, key)| key).take_while(|key| key.from == *table)
    }

    /// The foreign keys that reference a table, by referencing table and name.
    pub(super) fn incoming(&self, table: &TableName) -> impl Iterator<Item = &ForeignKey> {
        self.referencing.get(table).into_iter().flatten().filter_map(|name| self.foreign_keys.get(name))
    }

    pub(super) fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.foreign_keys.values()
    }

    /// Whether another table inherits from it.
    pub(super) fn is_inherited(&self, name: &TableName) -> bool {
        self.inherited.contains(name)
    }

    fn add_foreign_key(&mut self, key: ForeignKey) {
        let name = (key.from.clone(), key.name.clone());
        self.referencing.entry(key.to.clone()).or_default().insert(name.clone());
        self.foreign_keys.insert(name, key);
    }

    fn drop_foreign_key(&mut self, table: &TableName, name: &Name) -> Option<ForeignKey> {
        let name = (table.clone(), name.clone());
        let key = self.foreign_keys.remove(&name)?;
        self.referencing.entry(key.to.clone()).or_default().remove(&name);
        Some(key)
    }

    fn rename_foreign_key(&mut self, table: &TableName, from: &Name, to: &Name) {
        if let Some(mut key) = self.drop_foreign_key(table, from) {
            key.name = to.clone();
            self.add_foreign_key(key);
        }
    }

    /// Changes the table of that name, if it is there.
    pub(super) fn one(&mut self, name: &TableName, change: impl FnOnce(&mut Table)) {
        if let Some(at) = self.places.get(name) {
            change(&mut self.catalog.tables[*at]);
        }
    }

    /// Changes the table of that name and, if it is partitioned, its partitions on every level.
    fn with_partitions(&mut self, name: &TableName, mut change: impl FnMut(&mut Table)) {
        for at in self.family_places(name) {
            change(&mut self.catalog.tables[at]);
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
            schema.drop_foreign_key(table, name);
        }
        Change::RenameConstraint { table, from, to } => {
            schema.rename_foreign_key(table, from, to);
        }
        Change::AddForeignKey { foreign_key } => schema.add_foreign_key(ForeignKey::clone(foreign_key)),
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
    if let Some(key) = schema.foreign_keys.get_mut(&(table.clone(), name.clone())) {
        key.validated = true;
    }
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
    let own = schema.foreign_keys.values_mut().filter(|key| key.from == *table);
    own.for_each(|key| key.columns.iter_mut().map(|pair| &mut pair.from).chain(&mut key.set_columns).for_each(renamed));
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
            if let Some(key) = schema.foreign_keys.get_mut(&(name.clone(), constraint.clone())) {
                key.comment = text();
            }
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
