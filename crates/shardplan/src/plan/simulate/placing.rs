//! Whether a table can be placed at all, its foreign keys apart: a cluster and a table come in, the first refusal goes out.

use super::cluster::{Cluster, Standing};
use super::refusal::Refusal;
use super::schema::Place;
use crate::catalog::{Generated, IndexPart, Persistence, Table, TableKind};
use crate::name::{Name, TableName};
use crate::plan::draft::user_type;
use crate::plan::policies;

/// Types without a default operator class for hashing.
const NOT_HASHABLE: [&str; 14] = [
    "json",
    "xml",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "money",
    "bit",
    "bit varying",
    "tsvector",
    "tsquery",
];

/// What kind of table it is.
pub(super) fn kind(cluster: &Cluster, at: Place) -> Result<(), Refusal> {
    let table = cluster.table(at);
    let name = || table.name.clone();
    if let Some(part) = &table.partition_of {
        return Err(Refusal::Partition { table: name(), parent: part.parent.clone() });
    }
    if !matches!(cluster.standing_at(at), Standing::Plain | Standing::CitusLocal) {
        return Err(Refusal::AlreadyPlaced(name()));
    }
    match (table.persistence, &table.kind) {
        (Persistence::Temporary, _) => return Err(Refusal::Temporary),
        (_, TableKind::Foreign) => return Err(Refusal::Foreign),
        _ => {}
    }
    if !table.inherits.is_empty() || cluster.schema.tables().is_inherited(at) {
        return Err(Refusal::Inheritance(name()));
    }
    let is_partitioned = |part: &Table| matches!(part.kind, TableKind::Partitioned(_));
    if cluster.schema.family(at).skip(1).any(is_partitioned) {
        return Err(Refusal::PartitionsOfPartitions);
    }
    Ok(())
}

/// Whether the nodes know the types of its columns: those of rows come with their tables.
pub(super) fn row_types(cluster: &Cluster, table: &Table) -> Result<(), Refusal> {
    let of_table = |name: TableName| cluster.schema.table(&name).map(|_| name);
    let held = table.columns.iter().filter_map(|column| user_type(column.data_type.as_str())?.parse().ok());
    match held.filter_map(of_table).find(|of| *cluster.standing(of) == Standing::Plain && *of != table.name) {
        Some(of) => Err(Refusal::RowsOfPlain { table: table.name.clone(), of }),
        None => Ok(()),
    }
}

/// What hangs on the table.
pub(super) fn behaviour(table: &Table) -> Result<(), Refusal> {
    if !table.triggers.is_empty() {
        return Err(Refusal::Trigger(table.name.clone()));
    }
    if table.policies.iter().any(policies::has_subquery) {
        return Err(Refusal::PolicySubquery);
    }
    if table.policies.iter().any(|policy| policies::lets_more_through(table, policy)) {
        return Err(Refusal::RestrictivePolicy(table.name.clone()));
    }
    if !table.rules.is_empty() {
        return Err(Refusal::RewriteRule(table.name.clone()));
    }
    Ok(())
}

/// Whether it can be distributed by that column.
pub(super) fn column(table: &Table, column: &Name) -> Result<(), Refusal> {
    let missing = || Refusal::NoColumn { table: table.name.clone(), column: column.clone() };
    let column = table.column(column).ok_or_else(missing)?;
    if column.generated.is_some() {
        return Err(Refusal::GeneratedColumn(table.name.clone()));
    }
    let base = column.data_type.as_str().split('(').next().unwrap_or_default();
    if NOT_HASHABLE.contains(&base) {
        return Err(Refusal::NotHashable(column.data_type.clone()));
    }
    Ok(())
}

/// The colocation group that it joins or starts.
pub(super) fn group(
    cluster: &Cluster,
    table: &Table,
    column: &Name,
    with: Option<&TableName>,
) -> Result<TableName, Refusal> {
    let Some(with) = with else { return Ok(table.name.clone()) };
    let Standing::Distributed { column: theirs, group } = cluster.standing(with) else {
        return Err(Refusal::NotDistributed(with.clone()));
    };
    let (Some(ours), Some(theirs)) = (table.column(column), cluster.table(cluster.find(with)?).column(theirs)) else {
        return Err(Refusal::NoColumn { table: table.name.clone(), column: column.clone() });
    };
    let tables = || (with.clone(), table.name.clone());
    if ours.data_type != theirs.data_type {
        let (with, table) = tables();
        return Err(Refusal::OtherType { with, table });
    }
    if ours.collation != theirs.collation {
        let (with, table) = tables();
        return Err(Refusal::OtherCollation { with, table });
    }
    Ok(group.clone())
}

/// Every key, unique index and exclusion constraint has the distribution column.
pub(super) fn keys(cluster: &Cluster, at: Place, column: &Name) -> Result<(), Refusal> {
    for table in cluster.schema.family(at) {
        let by_key = table.keys().all(|key| key.columns.contains(column) || key.include.contains(column));
        let by_index = table.indexes.iter().filter(|index| index.unique).all(|index| {
            let mut parts = index.elements.iter().map(|element| &element.part);
            index.include.contains(column)
                || parts.any(|part| matches!(part, IndexPart::Column(name) if name == column))
        });
        let by_exclusion = table.exclusions.iter().all(|exclusion| {
            exclusion.elements.iter().any(|element| {
                element.operator == "=" && matches!(&element.element.part, IndexPart::Column(name) if name == column)
            })
        });
        if !(by_key && by_index && by_exclusion) {
            return Err(Refusal::KeyWithoutColumn(table.name.clone()));
        }
    }
    Ok(())
}

/// What only the concurrent function stumbles over, once it has begun.
pub(super) fn concurrent(cluster: &Cluster, at: Place, column: &Name) -> Result<(), Refusal> {
    let table = cluster.table(at);
    if table.persistence == Persistence::Unlogged {
        return Err(Refusal::Unlogged(table.name.clone()));
    }
    if matches!(table.kind, TableKind::Partitioned(_)) && cluster.schema.family(at).nth(1).is_none() {
        return Err(Refusal::NoPartitions);
    }
    keys(cluster, at, column)?;
    for table in cluster.schema.family(at) {
        let before = table.columns.iter().take_while(|other| other.name != *column);
        if before.into_iter().any(|other| matches!(other.generated, Some(Generated::Stored(_)))) {
            return Err(Refusal::Misplaces(table.name.clone()));
        }
    }
    Ok(())
}

/// Whether it can be a local table of the cluster.
pub(super) fn as_local(cluster: &Cluster, at: Place) -> Result<(), Refusal> {
    let table = cluster.table(at);
    let family: Vec<&Table> = cluster.schema.family(at).collect();
    if !matches!(table.kind, TableKind::Partitioned(_)) || family.len() == 1 {
        return Ok(());
    }
    if let Some(check) = table.checks.first() {
        return Err(Refusal::CheckOfPartitioned(check.name.clone()));
    }
    // The indexes of the partitions are attached to those of the table, under names that are made of the partition's.
    let own = table.keys().map(|key| &key.name).chain(table.indexes.iter().map(|index| &index.name));
    let mut own = own.peekable();
    if own.peek().is_none() {
        return Ok(());
    }
    let parts = family.iter().skip(1).flat_map(|part| {
        let keys = part.keys().filter(|key| key.attached_to.is_some()).map(|key| &key.name);
        let indexes = part.indexes.iter().filter(|index| index.attached_to.is_some()).map(|index| &index.name);
        [&part.name.schema, &part.name.name].into_iter().chain(keys).chain(indexes)
    });
    let mut names = own.chain(std::iter::once(&table.name.schema)).chain(parts);
    match names.any(|name| name.as_str().contains("$$")) {
        true => Err(Refusal::DollarsInPartitioned),
        false => Ok(()),
    }
}
