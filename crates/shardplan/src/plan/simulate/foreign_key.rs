//! Which foreign keys a cluster lets stand: a cluster and a table or a foreign key come in, the first refusal goes out.

use super::cluster::{Cluster, Standing};
use super::refusal::Refusal;
use super::schema::{Place, Tie};
use crate::catalog::{Action, ForeignKey, IndexPart, Table, TableKind};
use crate::name::{Name, TableName};
use crate::plan::draft::is_compared_as_another;

/// The foreign keys of a table that becomes a reference table.
pub(super) fn of_reference(cluster: &Cluster, at: Place) -> Result<(), Refusal> {
    let tables = cluster.schema.tables();
    for Tie { key, to, .. } in tables.outgoing(at).filter(|tie| tie.to != at) {
        match cluster.standing_at(*to) {
            Standing::Distributed { .. } => return Err(Refusal::ToDistributed),
            standing @ (Standing::Plain | Standing::CitusLocal) => to_local(cluster, key, standing)?,
            Standing::Reference => {}
        }
    }
    if cluster.converts {
        tables.incoming(at).filter(|tie| tie.from != at).try_for_each(|tie| defaults(cluster, &tie.key, tie.from))?;
    }
    Ok(())
}

/// A foreign key from a reference table to a local one.
fn to_local(cluster: &Cluster, key: &ForeignKey, to: &Standing) -> Result<(), Refusal> {
    if !cluster.converts && *to == Standing::Plain {
        return Err(Refusal::ReferencesPlain(key.to.clone()));
    }
    let is_plain = |action: Action| matches!(action, Action::NoAction | Action::Restrict);
    if is_plain(key.on_delete) && is_plain(key.on_update) { Ok(()) } else { Err(Refusal::ActionToLocal) }
}

/// The foreign keys of a table that is about to be distributed with its writers blocked; they are copied along.
pub(super) fn of_distributed(cluster: &Cluster, at: Place, column: &Name, group: &TableName) -> Result<(), Refusal> {
    let future = Standing::Distributed { column: column.clone(), group: group.clone() };
    let is_own = |part: Place| cluster.schema.tables().topmost(part) == at;
    for tie in cluster.schema.outgoing(at) {
        let to = if is_own(tie.to) { &future } else { cluster.standing_at(tie.to) };
        between(cluster, &tie.key, (tie.from, &future), to)?;
        if is_partitioned(cluster.table(tie.from)) && matches!(to, Standing::Distributed { .. }) {
            checked(cluster, &tie.key, (cluster.table(tie.from), column))?;
        }
    }
    for tie in cluster.schema.incoming(at) {
        match cluster.standing_at(tie.from) {
            Standing::CitusLocal | Standing::Reference if !is_own(tie.from) => return Err(Refusal::ToDistributed),
            _ => {}
        }
    }
    Ok(())
}

/// The foreign keys of a table that is about to be distributed with its writers going on: there may be none, but to reference
/// tables from a local table of the cluster.
pub(super) fn of_concurrent(cluster: &Cluster, at: Place) -> Result<(), Refusal> {
    let is_own = |part: Place| cluster.schema.tables().topmost(part) == at;
    if let Some(tie) = cluster.schema.incoming(at).find(|tie| !is_own(tie.from)) {
        let referencing = match cluster.standing_at(tie.from) {
            Standing::Plain => "regular",
            Standing::CitusLocal => "citus local",
            Standing::Reference => "reference",
            Standing::Distributed { .. } => "distributed",
        };
        return Err(Refusal::ConcurrentIsReferenced { key: Box::new(tie.key.clone()), referencing });
    }
    for Tie { key, to, .. } in cluster.schema.outgoing(at) {
        if is_own(*to) {
            return Err(Refusal::NotColocated);
        }
        match cluster.standing_at(*to) {
            Standing::Plain => return Err(Refusal::ConcurrentReferencesPlain(Box::new(key.clone()))),
            Standing::CitusLocal => return Err(Refusal::NotColocated),
            Standing::Reference if *cluster.standing_at(at) == Standing::CitusLocal => {}
            Standing::Reference | Standing::Distributed { .. } => {
                return Err(Refusal::ConcurrentReferences(cluster.table(at).name.clone()));
            }
        }
    }
    Ok(())
}

/// A foreign key that is added while its tables are where they are.
pub(super) fn added(cluster: &Cluster, key: &ForeignKey, from_at: Place, to_at: Place) -> Result<(), Refusal> {
    let (from, to) = (cluster.table(from_at), cluster.table(to_at));
    if !key.validated && is_partitioned(from) {
        return Err(Refusal::NotValidOnPartitioned { table: from.name.clone(), to: to.name.clone() });
    }
    if !is_unique(to, key) {
        return Err(Refusal::NoUniqueKey(to.name.clone()));
    }
    between(cluster, key, (from_at, cluster.standing_at(from_at)), cluster.standing_at(to_at))
}

fn is_partitioned(table: &Table) -> bool {
    matches!(table.kind, TableKind::Partitioned(_))
}

/// One of which PostgreSQL looks whether it holds, by a query that Citus has to plan: where a partition is attached on a worker,
/// and where it is validated.
fn checked(cluster: &Cluster, key: &ForeignKey, (from, column): (&Table, &Name)) -> Result<(), Refusal> {
    let column = from.column(column).filter(|_| key.validated);
    match column.is_some_and(|column| is_compared_as_another(cluster.schema.catalog(), &column.data_type)) {
        true => Err(Refusal::CheckNotPlanned),
        false => Ok(()),
    }
}

/// A foreign key that is validated. One that is already is not looked at.
pub(super) fn validated(cluster: &Cluster, key: &ForeignKey) -> Result<(), Refusal> {
    let (from, to) = (cluster.standing(&key.from), cluster.standing(&key.to));
    match (from, to) {
        (Standing::Distributed { column, .. }, Standing::Distributed { .. }) if !key.validated => {
            let validated = ForeignKey { validated: true, ..key.clone() };
            checked(cluster, &validated, (cluster.table(cluster.find(&key.from)?), column))
        }
        _ => Ok(()),
    }
}

/// A foreign key between a table that is one thing and a table that is another.
fn between(cluster: &Cluster, key: &ForeignKey, (at, from): (Place, &Standing), to: &Standing) -> Result<(), Refusal> {
    match (from, to) {
        (Standing::Plain, _) => Ok(()),
        (Standing::CitusLocal | Standing::Reference, Standing::Distributed { .. }) => Err(Refusal::ToDistributed),
        (Standing::Reference, Standing::Plain | Standing::CitusLocal) => to_local(cluster, key, to),
        (Standing::CitusLocal | Standing::Reference, _) => Ok(()),
        (Standing::Distributed { .. }, Standing::Plain) => Err(Refusal::ReferencesPlain(key.to.clone())),
        (Standing::Distributed { .. }, Standing::CitusLocal) => Err(Refusal::NotColocated),
        (Standing::Distributed { column, .. }, Standing::Reference) => {
            defaults(cluster, key, at)?;
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
            defaults(cluster, key, at)?;
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
fn defaults(cluster: &Cluster, key: &ForeignKey, from: Place) -> Result<(), Refusal> {
    if ![key.on_delete, key.on_update].contains(&Action::SetDefault) {
        return Ok(());
    }
    let table = cluster.schema.tables().at(from).ok_or_else(|| Refusal::NoTable(key.from.clone()))?;
    let from_sequence = |name: &Name| {
        let default = table.column(name).and_then(|column| column.default.as_deref());
        default.is_some_and(|default| default.contains("nextval("))
    };
    let is_set = match key.set_columns.as_slice() {
        [] => key.columns.iter().any(|pair| from_sequence(&pair.from)),
        some => some.iter().any(from_sequence),
    };
    if is_set { Err(Refusal::DefaultFromSequence) } else { Ok(()) }
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
