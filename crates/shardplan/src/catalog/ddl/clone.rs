//! Keys and indexes of a partitioned table in, their twins on its partitions out, as the server makes them.

use super::constraint::{Demand, name_addition};
use super::draft::Draft;
use super::index;
use crate::catalog::{Index, Key, Table};
use crate::name::{Name, TableName};

/// What a partition gets from the table above it.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Primary(Key),
    Unique(Key),
    Index(Index),
}

impl Shape {
    fn name(&self) -> &Name {
        match self {
            Self::Primary(key) | Self::Unique(key) => &key.name,
            Self::Index(index) => &index.name,
        }
    }

    fn named(mut self, name: Name, above: &Name) -> Self {
        match &mut self {
            Self::Primary(key) | Self::Unique(key) => {
                (key.name, key.attached_to, key.comment) = (name, Some(above.clone()), None);
            }
            Self::Index(index) => (index.name, index.attached_to, index.comment) = (name, Some(above.clone()), None),
        }
        self
    }

    fn put(self, table: &mut Table) {
        match self {
            Self::Primary(key) => table.primary_key = Some(key),
            Self::Unique(key) => table.unique.push(key),
            Self::Index(index) => table.indexes.push(index),
        }
    }
}

/// Gives the partitions under a table, at every depth, the twin of what the table has.
pub(super) fn to_partitions(draft: &mut Draft, table: &TableName, shape: &Shape) {
    let mut work: Vec<(TableName, Shape)> = vec![(table.clone(), shape.clone())];
    while let Some((parent, shape)) = work.pop() {
        for partition in draft.partitions(&parent) {
            if let Some(twin) = adopt_or_create(draft, &partition, &shape) {
                work.push((partition, twin));
            }
        }
    }
}

/// Gives a new partition, and those under it, the twins of all that the table above it has.
pub(super) fn from_parent(draft: &mut Draft, parent: &TableName, partition: &TableName) {
    let Some(above) = draft.tables.get(parent) else { return };
    let primary = above.primary_key.iter().cloned().map(Shape::Primary);
    let unique = above.unique.iter().cloned().map(Shape::Unique);
    let indexes = above.indexes.iter().cloned().map(Shape::Index);
    let shapes: Vec<Shape> = primary.chain(unique).chain(indexes).collect();
    for shape in shapes {
        if let Some(twin) = adopt_or_create(draft, partition, &shape) {
            to_partitions(draft, partition, &twin);
        }
    }
}

/// Attaches what the partition has already, or makes what it lacks.
fn adopt_or_create(draft: &mut Draft, partition: &TableName, shape: &Shape) -> Option<Shape> {
    let above = shape.name().clone();
    if let Some(adopted) = adopt(draft.tables.get_mut(partition)?, shape, &above) {
        return Some(adopted);
    }
    let name = match shape {
        Shape::Primary(_) => draft.choose_key_name(partition, "", "pkey"),
        Shape::Unique(key) => draft.choose_key_name(partition, &name_addition(&Demand::Unique(key.clone())), "key"),
        Shape::Index(index) => index::choose_name(draft, partition, index),
    };
    draft.take_index_name(partition, &name);
    if !matches!(shape, Shape::Index(_)) {
        draft.take_constraint_name(partition, &name);
    }
    let twin = shape.clone().named(name, &above);
    twin.clone().put(draft.tables.get_mut(partition)?);
    Some(twin)
}

fn adopt(table: &mut Table, shape: &Shape, above: &Name) -> Option<Shape> {
    let same_key = |key: &&mut Key, wanted: &Key| {
        key.attached_to.is_none() && key.columns == wanted.columns && key.include == wanted.include
    };
    match shape {
        Shape::Primary(wanted) => {
            let key = table.primary_key.as_mut().filter(|key| same_key(key, wanted))?;
            key.attached_to = Some(above.clone());
            Some(Shape::Primary(key.clone()))
        }
        Shape::Unique(wanted) => {
            let key = table.unique.iter_mut().find(|key| same_key(key, wanted))?;
            key.attached_to = Some(above.clone());
            Some(Shape::Unique(key.clone()))
        }
        Shape::Index(wanted) => {
            let index = table.indexes.iter_mut().find(|index| same_index(index, wanted))?;
            index.attached_to = Some(above.clone());
            Some(Shape::Index(index.clone()))
        }
    }
}

fn same_index(index: &Index, wanted: &Index) -> bool {
    let anonymous = |index: &Index| Index { name: Name::from(""), attached_to: None, comment: None, ..index.clone() };
    index.attached_to.is_none() && anonymous(index) == anonymous(wanted)
}
