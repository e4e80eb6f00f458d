//! The table and column of the distribution key: a graph and a key come in, their place or why it cannot be goes out.

use super::DistributionKey;
use super::key_type;
use super::similar::distance;
use crate::catalog::{Column, Persistence, Table, TableKind};
use crate::error::Error;
use crate::graph::{SchemaGraph, TableIx};
use crate::name::TableName;

/// How many similar names an error offers.
const MAX_SIMILAR: usize = 5;

pub(super) fn find<'g>(graph: &'g SchemaGraph, key: &DistributionKey) -> Result<(TableIx, &'g Column), Error> {
    let root = graph.find(&key.table).ok_or_else(|| unknown_table(graph, &key.table))?;
    let table = graph.table_at(root);
    let column = table.column(&key.column).ok_or_else(|| unknown_column(table, key))?;
    match obstacle(table).or_else(|| key_type::refusal(graph.catalog(), column)) {
        Some(why) => Err(Error::UnsuitableRoot { table: key.table.clone(), why }),
        None => Ok((root, column)),
    }
}

fn obstacle(table: &Table) -> Option<String> {
    if let Some(part) = &table.partition_of {
        return Some(format!("it is a partition of `{}`; name that table", part.parent));
    }
    stays_local(table).map(|what| format!("it is {what}"))
}

/// What kind of table it is, if of a kind that Citus cannot distribute or copy.
pub(super) fn stays_local(table: &Table) -> Option<&'static str> {
    if table.kind == TableKind::Foreign {
        Some("a foreign table")
    } else if table.persistence == Persistence::Temporary {
        Some("a temporary table")
    } else {
        None
    }
}

fn unknown_column(table: &Table, key: &DistributionKey) -> Error {
    Error::UnknownColumn {
        table: table.name.clone(),
        column: key.column.clone(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
    }
}

pub(super) fn unknown_table(graph: &SchemaGraph, table: &TableName) -> Error {
    Error::UnknownTable { table: table.clone(), similar: similar(graph, table) }
}

/// Tables of the same name elsewhere or of nearly the same name, the nearest first.
fn similar(graph: &SchemaGraph, wanted: &TableName) -> Vec<TableName> {
    let mut near: Vec<(usize, &TableName)> = graph
        .tables()
        .iter()
        .filter_map(|table| {
            distance(wanted.name.as_str(), table.name.name.as_str()).map(|distance| (distance, &table.name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(MAX_SIMILAR).map(|(_, table)| table.clone()).collect()
}
