//! What a plan consists of: phases of steps, each step one or more typed changes that belong together.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::gate::Gate;
use super::lock::TableLock;
use crate::classify::Strategy;
use crate::name::TableName;

/// The phases, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// Looks at the server and the data; changes nothing.
    Preflight,
    /// Gives columns that hold the key in a narrower type the type of the root's.
    UnifyTypes,
    /// Adds the distribution column where it is missing.
    AddColumns,
    /// Keeps the key of new and changed rows right while the application does not write it.
    Triggers,
    /// Fills the added columns in batches.
    Backfill,
    /// Builds, beside the old ones, the unique indexes that contain the distribution column.
    UniqueIndexes,
    /// Lets the new keys take over from the old ones.
    Keys,
    /// Takes the triggers away, once the application writes the key itself: Citus accepts none.
    HandOver,
    /// Turns tables into reference and distributed tables.
    Distribute,
    /// Makes, beside the live tables, the empty tables that will take their place.
    Shadows,
    /// Notes from here on which rows of the live tables change.
    Capture,
    /// Copies the rows in batches.
    Copy,
    /// Builds keys, indexes and foreign keys on the copies.
    Build,
    /// Puts the copies in the place of the live tables, all at one instant.
    Exchange,
    /// Brings back and validates the foreign keys that had to go for the distribution.
    ForeignKeys,
    /// Removes what is no longer needed: local copies of the rows, helpers.
    CleanUp,
    /// Compares the end with what the plan promised; changes nothing.
    Verify,
}

impl PhaseKind {
    /// Every phase, in order.
    pub const ALL: [Self; 17] = [
        Self::Preflight,
        Self::UnifyTypes,
        Self::AddColumns,
        Self::Triggers,
        Self::Backfill,
        Self::UniqueIndexes,
        Self::Keys,
        Self::HandOver,
        Self::Distribute,
        Self::Shadows,
        Self::Capture,
        Self::Copy,
        Self::Build,
        Self::Exchange,
        Self::ForeignKeys,
        Self::CleanUp,
        Self::Verify,
    ];

    /// The phases of a plan of that strategy, in order.
    pub fn of(strategy: Strategy) -> impl Iterator<Item = Self> {
        let shadows = Self::Shadows..=Self::Exchange;
        let in_place = Self::Backfill..=Self::Distribute;
        let is_left_out = move |kind: &Self| match strategy {
            Strategy::Shadow => in_place.contains(kind) || *kind == Self::UnifyTypes,
            Strategy::Combined | Strategy::Atomic | Strategy::Online => shadows.contains(kind),
        };
        Self::ALL.into_iter().filter(move |kind| !is_left_out(kind))
    }

    /// Whether it comes before anything is distributed, so that plain PostgreSQL can run it.
    pub fn is_preparation(self) -> bool {
        self < Self::Distribute
    }
}

impl fmt::Display for PhaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preflight => "preflight",
            Self::UnifyTypes => "unify types",
            Self::AddColumns => "add columns",
            Self::Triggers => "triggers",
            Self::Backfill => "backfill",
            Self::UniqueIndexes => "unique indexes",
            Self::Keys => "keys",
            Self::HandOver => "hand over",
            Self::Distribute => "distribute",
            Self::Shadows => "shadows",
            Self::Capture => "capture",
            Self::Copy => "copy",
            Self::Build => "build",
            Self::Exchange => "exchange",
            Self::ForeignKeys => "foreign keys",
            Self::CleanUp => "clean up",
            Self::Verify => "verify",
        })
    }
}

/// One phase: what must hold before it starts, and its steps in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Which one.
    pub kind: PhaseKind,
    /// What must hold before its first step.
    pub gates: Vec<Gate>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// One step: changes that succeed or fail together, with what they cost and how they are taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The table that it is about.
    pub table: TableName,
    /// Why it is done.
    pub why: Cow<'static, str>,
    /// The changes in order; several run in one transaction.
    pub changes: Vec<Change>,
    /// The strongest lock on each table, in the order in which they are taken.
    pub locks: Vec<TableLock>,
    /// Whether it may run inside a transaction.
    pub transaction: Transaction,
    /// How it is taken back.
    pub undo: Undo,
}

impl Step {
    /// Works out the locks, and whether it may run in a transaction, from the changes.
    pub(super) fn new(table: &TableName, why: impl Into<Cow<'static, str>>, changes: Vec<Change>, undo: Undo) -> Self {
        let locks = TableLock::of(&changes);
        let transaction = match changes.len() {
            _ if changes.iter().any(Change::runs_alone) => Transaction::Forbidden,
            0 | 1 => Transaction::Allowed,
            _ => Transaction::Required,
        };
        Self { table: table.clone(), why: why.into(), changes, locks, transaction, undo }
    }
}

/// Whether a step may run inside a transaction block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Transaction {
    /// It may; it needs none of its own.
    Allowed,
    /// It must: its changes belong together.
    Required,
    /// The server refuses it there.
    Forbidden,
}

/// How a step is taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Undo {
    /// By these changes, in order; each inner list in one transaction.
    Changes(Vec<Vec<Change>>),
    /// There is nothing to take back.
    Nothing,
    /// It cannot be taken back, and why.
    Impossible(Cow<'static, str>),
}

impl Undo {
    /// By one change.
    pub(super) fn by(change: Change) -> Self {
        Self::Changes(vec![vec![change]])
    }
}
