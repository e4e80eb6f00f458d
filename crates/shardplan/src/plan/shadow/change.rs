//! What only this strategy does: one typed change is one statement, or one running job.

use serde::{Deserialize, Serialize};

use super::super::lock::{LockMode, TableLock, Taken};
use super::Shadow;
use crate::catalog::{DataType, ForeignKey};
use crate::name::{Name, QualifiedName, TableName};

/// A change of the strategy of shadow tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ShadowChange {
    /// Makes an empty table like the live one, with its owner, privileges and policies; keys and indexes come later.
    Create(Box<Shadow>),
    /// Drops a shadow: nothing but the copy is lost.
    Drop {
        /// The shadow.
        shadow: TableName,
    },
    /// Takes a sequence from the column that owns it, which both tables draw from.
    Disown {
        /// The sequence.
        sequence: QualifiedName,
    },
    /// Gives it back.
    Own {
        /// The sequence.
        sequence: QualifiedName,
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Tells the workers who owns it by now, so that it goes with its table there too.
    OwnOnWorkers {
        /// The sequence.
        sequence: QualifiedName,
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Makes the log of changed rows, and the triggers that write it.
    Capture(Box<Shadow>),
    /// Defines what brings the shadows up to date: the rows that changed, by their current state.
    DefineReplay(Vec<Shadow>),
    /// Copies the rows of a table, batch by batch.
    CopyRows(Box<CopyRows>),
    /// Brings the shadows up to date, again and again, until that takes no time worth mentioning.
    CatchUp,
    /// Notes that everything is built on the shadows, or that it no longer is.
    MarkBuilt {
        /// Whether it is.
        is_built: bool,
    },
    /// Looks at all rows of the copies whether a foreign key holds that comes only at the exchange.
    TryForeignKey(Box<ForeignKey>),
    /// Gathers the statistics that the planner of queries needs.
    Analyze {
        /// The table.
        table: TableName,
    },
    /// Locks the live tables, replays the last changes and puts the shadows in their place, all in one transaction.
    Exchange {
        /// The tables, in the order in which they are placed.
        shadows: Vec<Shadow>,
        /// The live tables in the order in which they are locked.
        locks: Vec<TableLock>,
        /// The views that are made anew, which are locked before: who reads one holds it and waits for its tables.
        views: Vec<TableName>,
        /// The foreign keys that come only now, not validated: those with actions, which a replay must not set off, and those
        /// that close a cycle, which rows that are copied one table after the other would break for a moment.
        late: Vec<ForeignKey>,
        /// The foreign keys between these tables and those that stay where they are, which would hold on to the old ones. Those
        /// that are not given up come back at once.
        let_go: Vec<ForeignKey>,
        /// The triggers that the rules give up, by the table that they are on: they go with the old tables.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        given_up: Vec<(TableName, Name)>,
    },
    /// Drops the tables that were live, and their rows.
    DropRetired {
        /// The tables as they are called by then.
        tables: Vec<TableName>,
        /// The schemas of the old and the new tables, which are empty by then.
        schemas: Vec<Name>,
    },
}

/// A table to copy, and how the batches are cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CopyRows {
    /// The tables.
    pub shadow: Shadow,
    /// The columns that name a row of the live table, with their types: by them the batches are cut.
    pub row_key: Vec<(Name, DataType)>,
    /// The function that copies a batch, in the schema of the helpers.
    pub function: Name,
}

impl ShadowChange {
    /// The locks on live tables; nobody waits for those on shadows.
    pub(in crate::plan) fn locks(&self) -> Taken<'_> {
        match self {
            Self::Capture(shadow) => Taken::one(&shadow.table, LockMode::ShareRowExclusive),
            Self::Exchange { locks, .. } => locks.iter().map(|lock| (&lock.table, lock.mode)).collect(),
            Self::Create(_)
            | Self::Drop { .. }
            | Self::Disown { .. }
            | Self::Own { .. }
            | Self::OwnOnWorkers { .. }
            | Self::DefineReplay(_)
            | Self::CopyRows(_)
            | Self::CatchUp
            | Self::MarkBuilt { .. }
            | Self::TryForeignKey(_)
            | Self::Analyze { .. }
            | Self::DropRetired { .. } => Taken::default(),
        }
    }
}
