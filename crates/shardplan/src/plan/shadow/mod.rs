//! New tables that grow beside the live ones and take their place at one instant: the tables as the preparation would leave them
//! come in, shadows and the phases that fill and exchange them go out. Knows no SQL text.
//!
//! The live tables are changed as little as can be: they get the distribution column and triggers that note which rows change.

mod change;
mod check;
mod key;
mod late;
mod phases;
mod row_key;

pub use change::{CopyRows, ShadowChange};
pub use key::{Holder, KeySource};

pub(super) use phases::phases;

use foldhash::HashSet;
use serde::{Deserialize, Serialize};

use self::row_key::RowKey;
use super::draft::Draft;
use super::fill::Fill;
use super::simulate::Schema;
use super::verdict::{ForeignKeyVerdict, Placing};
use crate::catalog::{Identity, NEW, OLD, Table, TableKind};
use crate::graph::TableIx;
use crate::name::{Name, QualifiedName, TableName};

/// A live table, and the one that grows beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The live table.
    pub table: TableName,
    /// The one that will take its place, under the same name in another schema.
    pub shadow: TableName,
    /// What the live table is called after the exchange: the same name in a third schema.
    pub retired: TableName,
    /// By what it is partitioned, as after `PARTITION BY`, if it is.
    pub partitioned_by: Option<String>,
    /// Its partitions, which are exchanged with it.
    pub parts: Vec<ShadowPart>,
    /// The key that names a row, of the live table and of the new one: the primary key, or another one over columns that are
    /// never NULL.
    pub key_name: Name,
    /// Its columns in the live table.
    pub row_key: Vec<Name>,
    /// Its columns in the new one.
    pub new_key: Vec<Name>,
    /// Every column with a value of its own: all but the generated ones.
    pub columns: Vec<Name>,
    /// Those whose value a changed row takes over: neither the distribution column nor one that is always an identity.
    pub updated: Vec<Name>,
    /// The identity columns, each with a sequence of its own on both sides.
    pub identities: Vec<Name>,
    /// The sequences that it owns and draws from by a default, which serve both tables, with their columns.
    pub sequences: Vec<(QualifiedName, Name)>,
    /// The distribution column, and where its values come from; `None` for a reference table.
    pub key: Option<KeySource>,
    /// Whether a foreign key of the new tables references it.
    pub is_referenced: bool,
    /// The table, in the schema of the helpers, that notes which rows have changed.
    pub log: Name,
    /// The function, there too, of the triggers that write it.
    pub function: Name,
    /// The schemas in which operators of user-defined types among the compared columns live, sorted.
    pub operators: Vec<Name>,
}

/// A partition of a live table, and the one of its shadow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShadowPart {
    /// The live partition.
    pub table: TableName,
    /// The one that will take its place.
    pub shadow: TableName,
    /// What the live one is called after the exchange.
    pub retired: TableName,
    /// Its bound: `FOR VALUES …` or `DEFAULT`.
    pub bound: String,
}

impl Shadow {
    /// What goes together, the table first and then its partitions: each live table, its shadow, and its name after the exchange.
    pub fn family(&self) -> impl Iterator<Item = [&TableName; 3]> {
        let parts = self.parts.iter().map(|part| [&part.table, &part.shadow, &part.retired]);
        std::iter::once([&self.table, &self.shadow, &self.retired]).chain(parts)
    }

    /// The trigger on each changed row of the live table.
    pub const ON_CHANGE: &'static str = "zz_shardplan_capture";
    /// The trigger on its truncation.
    pub const ON_TRUNCATE: &'static str = "zz_shardplan_capture_truncate";
}

/// The shadows, in the order in which the tables are placed. A table that cannot have one is left out: a blocker says why.
fn shadows(
    draft: &mut Draft<'_>,
    target: &Schema,
    fills: &[Fill<'_>],
    verdicts: &[ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<Shadow> {
    let referenced: HashSet<&TableName> =
        verdicts.iter().filter_map(ForeignKeyVerdict::after).map(|key| &key.to).collect();
    let mut shadows = Vec::with_capacity(order.len());
    for placing in order {
        let ix = draft.find(&placing.table);
        let (live, target) = (draft.table(ix), target.table(&placing.table));
        let Some(target) = target else { continue };
        let Some(row_key) = RowKey::of(draft, live, target) else { continue };
        let key = draft.column(ix).map(|column| key::source(draft, ix, column, fills));
        let [new, old] = names(draft, &live.name);
        let partitioned_by = match &live.kind {
            TableKind::Partitioned(by) => Some(by.clone()),
            _ => None,
        };
        shadows.push(Shadow {
            table: live.name.clone(),
            shadow: new,
            retired: old,
            partitioned_by,
            parts: parts(draft, ix),
            operators: key::operators(draft, live, &row_key.columns, key.as_ref()),
            key_name: row_key.name.clone(),
            row_key: row_key.columns,
            new_key: row_key.new_columns,
            columns: with_values(target),
            updated: updated(target, draft.column(ix)),
            identities: identities(target),
            sequences: sequences(draft, live),
            key,
            is_referenced: referenced.contains(&live.name),
            log: draft.names.helper(&live.name, &Name::from("rows"), "log"),
            function: draft.names.helper(&live.name, &Name::from("rows"), "capture"),
        });
    }
    shadows
}

/// What a table is called while it grows, and what the live one is called afterwards.
fn names(draft: &mut Draft<'_>, live: &TableName) -> [TableName; 2] {
    [NEW, OLD].map(|word| TableName::new(draft.names.beside(word, &live.schema), live.name.clone()))
}

fn parts(draft: &mut Draft<'_>, ix: TableIx) -> Vec<ShadowPart> {
    let parts: Vec<TableIx> = draft.graph.partitions(ix).collect();
    let mut made = Vec::with_capacity(parts.len());
    for part in parts {
        let live = draft.table(part);
        let [shadow, retired] = names(draft, &live.name);
        let bound = live.partition_of.as_ref().map(|part| part.bound.clone()).unwrap_or_default();
        made.push(ShadowPart { table: live.name.clone(), shadow, retired, bound });
    }
    made
}

fn with_values(table: &Table) -> Vec<Name> {
    let columns = table.columns.iter().filter(|column| column.generated.is_none());
    columns.map(|column| column.name.clone()).collect()
}

fn updated(table: &Table, key: Option<&Name>) -> Vec<Name> {
    let columns = table.columns.iter().filter(|column| column.generated.is_none());
    let free = columns.filter(|column| column.identity != Some(Identity::Always) && Some(&column.name) != key);
    free.map(|column| column.name.clone()).collect()
}

fn identities(table: &Table) -> Vec<Name> {
    let columns = table.columns.iter().filter(|column| column.identity.is_some());
    columns.map(|column| column.name.clone()).collect()
}

fn sequences(draft: &Draft<'_>, table: &Table) -> Vec<(QualifiedName, Name)> {
    let sequences = draft.graph.catalog().sequences.iter().filter(|sequence| !sequence.identity);
    let owned = sequences.filter_map(|sequence| {
        let (owner, column) = sequence.owned_by.as_ref()?;
        (*owner == table.name).then(|| (sequence.name.clone(), column.clone()))
    });
    owned.collect()
}

#[cfg(test)]
mod tests;
