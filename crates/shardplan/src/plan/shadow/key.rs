//! Where the key of a copied row comes from: the waves of the backfill come in, one chain of joins per table goes out.

use std::collections::BTreeSet;

use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use super::super::draft::{Draft, type_schema};
use super::super::fill::Fill;
use crate::catalog::{DataType, Table};
use crate::classify::Hop;
use crate::graph::TableIx;
use crate::name::{Name, TableName};

/// Where the distribution column of a copied row comes from: from the row itself, or else from the first row along the way
/// that has it. The live tables are not filled, so several may lack it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeySource {
    /// The distribution column.
    pub column: Name,
    /// Its type.
    pub data_type: DataType,
    /// The foreign keys from the table to the one that held the key from the start; none if it is this table.
    pub hops: Vec<Hop>,
    /// Who may have the value, nearest first.
    pub holders: Vec<Holder>,
}

/// A table on the way that has a column for the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// After so many hops.
    pub after: usize,
    /// Its column.
    pub column: Name,
}

/// The table's own column, then what it derives from, and so on.
pub(super) fn source(draft: &Draft<'_>, ix: TableIx, column: &Name, fills: &[Fill<'_>]) -> KeySource {
    let by_table: HashMap<&TableName, &Fill<'_>> = fills.iter().map(|fill| (&fill.from.table, fill)).collect();
    let mut source = KeySource {
        column: column.clone(),
        data_type: draft.table(ix).column(column).map_or(draft.key_type().0, |column| &column.data_type).clone(),
        hops: Vec::new(),
        holders: vec![Holder { after: 0, column: column.clone() }],
    };
    let mut at = &draft.table(ix).name;
    // Each derivation ends at a table of an earlier wave, or at one that holds the key.
    while let Some(fill) = by_table.get(at) {
        source.hops.extend(fill.from.path.hops.iter().cloned());
        source.holders.push(Holder { after: source.hops.len(), column: fill.from.path.column.clone() });
        at = fill.from.path.end();
    }
    source
}

/// The schemas of the types that are compared; those of the server itself need none.
pub(super) fn operators(draft: &Draft<'_>, table: &Table, row_key: &[Name], key: Option<&KeySource>) -> Vec<Name> {
    let hops = key.iter().flat_map(|key| &key.hops);
    let referenced = hops.flat_map(|hop| {
        let to = draft.table(draft.find(&hop.to));
        hop.columns.iter().filter_map(move |pair| to.column(&pair.to))
    });
    let row_key = row_key.iter().filter_map(|name| table.column(name));
    let types = referenced.chain(row_key).map(|column| &column.data_type);
    let schemas: BTreeSet<Name> = types.chain(key.map(|_| draft.key_type().0)).filter_map(type_schema).collect();
    schemas.into_iter().collect()
}
