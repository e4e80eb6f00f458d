//! Which foreign keys a cluster lets stand: a cluster and a table or a foreign key come in, the first refusal goes out.

use super::cluster::{Cluster, Standing};
use super::refusal::Refusal;
use crate::catalog::{Action, ForeignKey, IndexPart, Table, TableKind};
use crate::name::{Name, TableName};

/// The foreign keys of a table that becomes a reference table.
pub(super) fn of_reference(cluster: &Cluster, name: &TableName) -> Result<(), Refusal> {
    for key in cluster.schema.outgoing(name).filter(|key| key.to != *name) {
        match cluster.standing(&key.to) {
            Standing::Distributed { .. } => return Err(Refusal::ToDistributed),
            Standing::Plain | Standing::CitusLocal => to_local(cluster, key)?,
            Standing::Reference => {}
        }
    }
    if cluster.converts {
        cluster.schema.incoming(name).filter(|key| key.from != *name).try_for_each(|key| defaults(cluster, key))?;
    }
    Ok(())
}

/// A foreign key from a reference table to a local one.
fn to_local(cluster: &Cluster, key: &ForeignKey) -> Result<(), Refusal> {
    if !cluster.converts && *cluster.standing(&key.to) == Standing::Plain {
        return Err(Refusal::ReferencesPlain(key.to.clone()));
    }
    let is_plain = |action: Action| matches!(action, Action::NoAction | Action::Restrict);
    if is_plain(key.on_delete) && is_plain(key.on_update) { Ok(()) } else { Err(Refusal::ActionToLocal) }
}

/// The foreign keys of a table that is about to be distributed with its writers blocked; they are copied along.
pub(super) fn of_distributed(
    cluster: &Cluster,
    name: &TableName,
    column: &Name,
    group: &TableName,
) -> Result<(), Refusal> {
    let future = Standing::Distributed { column: column.clone(), group: group.clone() };
    let family = cluster.schema.family(name);
    let is_own = |table: &TableName| family.iter().any(|part| part.name == *table);
    for key in family.iter().flat_map(|table| cluster.schema.outgoing(&table.name)) {
        let to = if is_own(&key.to) { &future } else { cluster.standing(&key.to) };
        between(cluster, key, &future, to)?;
    }
    for key in family.iter().flat_map(|table| cluster.schema.incoming(&table.name)) {
        match cluster.standing(&key.from) {
            Standing::CitusLocal | Standing::Reference if !is_own(&key.from) => return Err(Refusal::ToDistributed),
            _ => {}
        }
    }
    Ok(())
}

/// The foreign keys of a table that is about to be distributed with its writers going on: there may be none, but to reference
/// tables from a local table of the cluster.
pub(super) fn of_concurrent(cluster: &Cluster, name: &TableName) -> Result<(), Refusal> {
    let family = cluster.schema.family(name);
    let is_own = |table: &TableName| family.iter().any(|part| part.name == *table);
    let mut incoming = family.iter().flat_map(|table| cluster.schema.incoming(&table.name));
    if let Some(key) = incoming.find(|key| !is_own(&key.from)) {
        let referencing = match cluster.standing(&key.from) {
            Standing::Plain => "regular",
            Standing::CitusLocal => "citus local",
            Standing::Reference => "reference",
            Standing::Distributed { .. } => "distributed",
        };
        return Err(Refusal::ConcurrentIsReferenced { key: Box::new(key.clone()), referencing });
    }
    for key in family.iter().flat_map(|table| cluster.schema.outgoing(&table.name)) {
        if is_own(&key.to) {
            return Err(Refusal::NotColocated);
        }
        match cluster.standing(&key.to) {
            Standing::Plain => return Err(Refusal::ConcurrentReferencesPlain(Box::new(key.clone()))),
            Standing::CitusLocal => return Err(Refusal::NotColocated),
            Standing::Reference if *cluster.standing(name) == Standing::CitusLocal => {}
            Standing::Reference | Standing::Distributed { .. } => {
                return Err(Refusal::ConcurrentReferences(name.clone()));
            }
        }
    }
    Ok(())
}

/// A foreign key that is added while its tables are where they are.
pub(super) fn added(cluster: &Cluster, key: &ForeignKey) -> Result<(), Refusal> {
    let (from, to) = (cluster.table(&key.from)?, cluster.table(&key.to)?);
    if !key.validated && matches!(from.kind, TableKind::Partitioned(_)) {
        return Err(Refusal::NotValidOnPartitioned { table: from.name.clone(), to: to.name.clone() });
    }
    if !is_unique(to, key) {
        return Err(Refusal::NoUniqueKey(to.name.clone()));
    }
    between(cluster, key, cluster.standing(&key.from), cluster.standing(&key.to))
}

/// A foreign key between a table that is one thing and a table that is another.
fn between(cluster: &Cluster, key: &ForeignKey, from: &Standing, to: &Standing) -> Result<(), Refusal> {
    match (from, to) {
        (Standing::Plain, _) => Ok(()),
        (Standing::CitusLocal | Standing::Reference, Standing::Distributed { .. }) => Err(Refusal::ToDistributed),
        (Standing::Reference, Standing::Plain | Standing::CitusLocal) => to_local(cluster, key),
        (Standing::CitusLocal | Standing::Reference, _) => Ok(()),
        (Standing::Distributed { .. }, Standing::Plain) => Err(Refusal::ReferencesPlain(key.to.clone())),
        (Standing::Distributed { .. }, Standing::CitusLocal) => Err(Refusal::NotColocated),
        (Standing::Distributed { column, .. }, Standing::Reference) => {
            defaults(cluster, key)?;
            if key.columns.iter().any(|pair| pair.from == *column) { actions(key) } else { Ok(()) }
        }
        (
            Standing::Distributed { column, group },
            Standing::Distributed { column: their_column, group: their_group },
        ) => {
            if group != their_group {
                return Err(Refusal::NotColocated);
            }
            if !key.columns.iter().any(|pair| pair.from == *column && pair.to == *their_column) {
                return Err(Refusal::NotAligned);
            }
            defaults(cluster, key)?;
            actions(key)
        }
    }
}

/// The actions of a foreign key with the distribution column.
fn actions(key: &ForeignKey) -> Result<(), Refusal> {
    if matches!(key.on_delete, Action::SetNull | Action::SetDefault) {
        return Err(Refusal::OnDeleteWithColumn);
    }
    if matches!(key.on_update, Action::Cascade | Action::SetNull | Action::SetDefault) {
        return Err(Refusal::OnUpdateWithColumn);
    }
    Ok(())
}

/// SET DEFAULT from a sequence.
fn defaults(cluster: &Cluster, key: &ForeignKey) -> Result<(), Refusal> {
    let sets = [key.on_delete, key.on_update].contains(&Action::SetDefault);
    let table = cluster.table(&key.from)?;
    let from_sequence = |name: &Name| {
        let default = table.column(name).and_then(|column| column.default.as_deref());
        default.is_some_and(|default| default.contains("nextval("))
    };
    let set: Vec<&Name> = match key.set_columns.as_slice() {
        [] => key.columns.iter().map(|pair| &pair.from).collect(),
        some => some.iter().collect(),
    };
    if sets && set.into_iter().any(from_sequence) { Err(Refusal::DefaultFromSequence) } else { Ok(()) }
}

/// Whether a key of the table, or a unique index, is over exactly the columns that a foreign key references.
fn is_unique(table: &Table, key: &ForeignKey) -> bool {
    let referenced = |columns: Vec<&Name>| {
        columns.len() == key.columns.len() && key.columns.iter().all(|pair| columns.contains(&&pair.to))
    };
    let by_key = table.keys().any(|unique| referenced(unique.columns.iter().collect()));
    let by_index = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none()).any(|index| {
        let columns: Option<Vec<&Name>> = index
            .elements
            .iter()
            .map(|element| match &element.part {
                IndexPart::Column(name) => Some(name),
                IndexPart::Expression(_) => None,
            })
            .collect();
        columns.is_some_and(referenced)
    });
    by_key || by_index
}
