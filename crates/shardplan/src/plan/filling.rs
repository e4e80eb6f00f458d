//! How the key gets into rows that lack it, as data: derivations, triggers, backfills, and the rows about which a person must
//! decide. Knows no phase.

use serde::{Deserialize, Serialize};

use crate::catalog::{ColumnPair, DataType};
use crate::classify::Path;
use crate::name::{Name, TableName};

/// Where the key of a table's rows comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// The table whose rows get it; where partitions are filled one by one, one of them.
    pub table: TableName,
    /// Its distribution column.
    pub column: Name,
    /// The foreign keys from the table to the first one that has the key before it does.
    pub path: Path,
    /// The schemas in which operators of user-defined types among the compared columns live, sorted.
    pub operators: Vec<Name>,
}

/// Triggers before each INSERT and UPDATE of a table that set the distribution column to what the path says, and count the rows
/// that came without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeepKey {
    /// Where the key comes from.
    pub from: Derivation,
    /// The trigger for new rows.
    pub on_insert: Name,
    /// The trigger for changed rows.
    pub on_update: Name,
    /// The function of both, in the schema of the helpers.
    pub function: Name,
    /// The sequence that counts rows that were inserted without their key.
    pub inserts: Name,
    /// The sequence that counts rows that got another reference, and kept the key of the old one.
    pub updates: Name,
}

/// A trigger after each change of a key, which passes it on to the rows that have it from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PassKeyOn {
    /// Where the key of the rows comes from.
    pub from: Derivation,
    /// The hop whose referenced table has the trigger.
    pub hop: usize,
    /// The trigger on changes. Its name is before those of the triggers that check foreign keys, in whose order they fire: a
    /// foreign key with the distribution column must find the rows changed.
    pub on_update: Name,
    /// The trigger on new rows, where a row may come before the one that it references: its foreign key is deferrable.
    pub on_insert: Option<Name>,
    /// The function of both.
    pub function: Name,
}

impl PassKeyOn {
    /// The table that has the trigger.
    pub fn on(&self) -> &TableName {
        &self.from.path.hops[self.hop].to
    }
}

/// What stands on a table while the application does not write the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyTrigger {
    /// Gives its rows their key.
    Keep(KeepKey),
    /// Passes a change of the key on.
    Pass(PassKeyOn),
    /// Copies the key into the column that takes its place.
    Copy(KeepCopy),
}

impl KeyTrigger {
    /// The table that has the triggers.
    pub fn on(&self) -> &TableName {
        match self {
            Self::Keep(keep) => &keep.from.table,
            Self::Pass(pass) => pass.on(),
            Self::Copy(keep) => &keep.copy.table,
        }
    }

    /// The triggers.
    pub fn names(&self) -> Vec<&Name> {
        match self {
            Self::Keep(keep) => vec![&keep.on_insert, &keep.on_update],
            Self::Pass(pass) => pass.on_insert.iter().chain([&pass.on_update]).collect(),
            Self::Copy(keep) => vec![&keep.trigger],
        }
    }
}

/// A column to fill, and how its batches are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// Where the values come from.
    pub from: Derivation,
    /// The columns of its primary key with their types, by which the batches are cut; empty to cut them by blocks.
    pub row_key: Vec<(Name, DataType)>,
    /// Its place in the order: a table waits until all of an earlier wave are done.
    pub wave: usize,
    /// The function that fills a batch, in the schema of the helpers.
    pub function: Name,
}

/// A column to copy into another one of the same row, and how the batches are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CopyColumn {
    /// The table, no partitioned one.
    pub table: TableName,
    /// The column that has the values.
    pub from: Name,
    /// The column that gets them.
    pub to: Name,
    /// The columns of its primary key with their types, by which the batches are cut; empty to cut them by blocks.
    pub row_key: Vec<(Name, DataType)>,
    /// The schemas in which operators of user-defined types among these live, sorted.
    pub operators: Vec<Name>,
    /// The function that fills a batch, in the schema of the helpers.
    pub function: Name,
}

/// A trigger before each INSERT and UPDATE of a table that copies a column into another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeepCopy {
    /// The columns.
    pub copy: CopyColumn,
    /// The trigger.
    pub trigger: Name,
    /// Its function, in the schema of the helpers.
    pub function: Name,
}

/// The rows about which a person must decide before the keys can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Undecided {
    /// Tables with a distribution column that may be NULL.
    pub unassigned: Vec<Unassigned>,
    /// Foreign keys over which rows of two tenants may be tied.
    pub disagreeing: Vec<Disagreeing>,
}

/// A table, no partitioned one, whose rows may lack the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Unassigned {
    /// The table.
    pub table: TableName,
    /// Its distribution column.
    pub column: Name,
    /// Where the plan takes the key from; `None` if the column was there before.
    pub path: Option<Path>,
    /// The columns that name a row, those of its primary key; empty if it has none.
    pub row_key: Vec<Name>,
}

/// A foreign key of a table, no partitioned one, that becomes composite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disagreeing {
    /// The referencing table.
    pub table: TableName,
    /// The foreign key as it is called in the end.
    pub foreign_key: Name,
    /// The referenced table.
    pub to: TableName,
    /// The columns that tie the rows.
    pub columns: Vec<ColumnPair>,
    /// The two distribution columns.
    pub key: ColumnPair,
    /// The columns that name a row, those of its primary key; empty if it has none.
    pub row_key: Vec<Name>,
}
