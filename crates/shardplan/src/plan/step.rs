//! What a plan consists of: phases of steps, each step one or more typed changes that belong together.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::lock::{self, TableLock};
use crate::catalog::{DataType, ForeignKey, Index, ReplicaIdentity, Timing};
use crate::classify::Path;
use crate::name::{Name, TableName};

/// The phases, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// Looks at the server and the data; changes nothing.
    Preflight,
    /// Adds the distribution column where it is missing.
    AddColumns,
    /// Fills the added columns in batches.
    Backfill,
    /// Builds, beside the old ones, the unique indexes that contain the distribution column.
    UniqueIndexes,
    /// Lets the new keys take over from the old ones.
    Keys,
    /// Turns tables into reference and distributed tables.
    Distribute,
    /// Brings back and validates the foreign keys that had to go for the distribution.
    ForeignKeys,
    /// Removes what is no longer needed: local copies of the rows, helpers.
    CleanUp,
    /// Compares the end with what the plan promised; changes nothing.
    Verify,
}

impl PhaseKind {
    /// Every phase, in order.
    pub const ALL: [Self; 9] = [
        Self::Preflight,
        Self::AddColumns,
        Self::Backfill,
        Self::UniqueIndexes,
        Self::Keys,
        Self::Distribute,
        Self::ForeignKeys,
        Self::CleanUp,
        Self::Verify,
    ];

    /// Whether it comes before anything is distributed, so that plain PostgreSQL can run it.
    pub fn is_preparation(self) -> bool {
        self < Self::Distribute
    }
}

impl fmt::Display for PhaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preflight => "preflight",
            Self::AddColumns => "add columns",
            Self::Backfill => "backfill",
            Self::UniqueIndexes => "unique indexes",
            Self::Keys => "keys",
            Self::Distribute => "distribute",
            Self::ForeignKeys => "foreign keys",
            Self::CleanUp => "clean up",
            Self::Verify => "verify",
        })
    }
}

/// One phase: what must hold before it starts, and its steps in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// Which one.
    pub kind: PhaseKind,
    /// What must hold before its first step.
    pub gates: Vec<Gate>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// What must hold before a phase starts (or, in the verify phase, at the end).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gate {
    /// The table is there with these columns of these types: the schema is still the one that was planned for.
    TableIs {
        /// The table.
        table: TableName,
        /// Columns that the plan builds on.
        columns: Vec<(Name, DataType)>,
    },
    /// No row has NULL in the column.
    NoNulls {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// The unique index is there and valid, or has become the key already.
    IndexIsValid {
        /// The table.
        table: TableName,
        /// The index.
        index: Name,
        /// The name that it has once it has taken over.
        becomes: Name,
        /// How many positions it has: by that it is told from the old key of the same name.
        positions: usize,
    },
    /// The table has no trigger of its own: Citus would refuse it.
    NoTriggers {
        /// The table.
        table: TableName,
    },
    /// The column is NOT NULL, so that no row can come without the key any more.
    IsNotNull {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// The Citus extension is there, not older than 11.1, with the coordinator in its metadata and at least one worker.
    CitusIsReady {
        /// Whether `create_distributed_table_concurrently` will be called: `wal_level` must be `logical` then.
        concurrent: bool,
    },
    /// Citus knows the table as distributed by the column.
    IsDistributed {
        /// The table.
        table: TableName,
        /// The distribution column.
        column: Name,
    },
    /// Citus knows the table as a reference table.
    IsReference {
        /// The table.
        table: TableName,
    },
    /// All these tables are in one colocation group.
    AreColocated {
        /// The tables.
        tables: Vec<TableName>,
    },
    /// The foreign key is there and validated.
    IsEnforced {
        /// The referencing table.
        table: TableName,
        /// The foreign key.
        foreign_key: Name,
        /// Whether it must be validated: one that was NOT VALID before stays so.
        validated: bool,
    },
}

/// One step: changes that succeed or fail together, with what they cost and how they are taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let locks = lock::locks(&changes);
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

/// One typed change: one statement, or for a backfill one running job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// Adds a nullable column without default: no rewrite of the table.
    AddColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// Exactly the type of the root's key.
        data_type: DataType,
        /// The collation of the root's key, when it is not the default.
        collation: Option<String>,
    },
    /// Drops a column that the plan added.
    DropColumn {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Fills a column over a path, batch by batch.
    Backfill(Backfill),
    /// Adds `CHECK (column IS NOT NULL)`, without looking at the old rows (`NOT VALID`).
    AddNotNullCheck {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
        /// The column.
        column: Name,
    },
    /// Validates a CHECK or foreign key constraint: scans, but lets readers and writers on.
    ValidateConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
        /// For a foreign key: the table that it references.
        references: Option<TableName>,
    },
    /// Makes a column NOT NULL, by a validated CHECK that spares the scan (PostgreSQL 12 and later).
    SetNotNull {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Lets a column be NULL again.
    DropNotNull {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Drops a CHECK, a primary key, a unique or an exclusion constraint.
    DropConstraint {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
    },
    /// Drops a foreign key.
    DropForeignKey {
        /// The referencing table.
        table: TableName,
        /// The foreign key.
        name: Name,
        /// The referenced table, which is locked too.
        references: TableName,
    },
    /// Renames a constraint.
    RenameConstraint {
        /// The table.
        table: TableName,
        /// The name that it has.
        from: Name,
        /// The name that it gets.
        to: Name,
    },
    /// Builds an index.
    CreateIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: Index,
        /// How it is built.
        build: IndexBuild,
    },
    /// Hangs the index of a partition under the index of its partitioned table.
    AttachIndex {
        /// The partitioned table.
        parent: TableName,
        /// Its index.
        parent_index: Name,
        /// The partition.
        table: TableName,
        /// Its index.
        index: Name,
    },
    /// Drops an index that no constraint owns.
    DropIndex {
        /// The table.
        table: TableName,
        /// The index.
        index: Name,
        /// Whether it is done without blocking writers, outside a transaction.
        concurrently: bool,
    },
    /// Renames an index.
    RenameIndex {
        /// The table.
        table: TableName,
        /// The name that it has.
        from: Name,
        /// The name that it gets.
        to: Name,
    },
    /// Adds a foreign key; one that is not `validated` is enforced for new rows at once and not checked for old ones.
    AddForeignKey {
        /// The foreign key.
        foreign_key: ForeignKey,
    },
    /// Makes a unique index a constraint, under the constraint's name.
    AddKeyUsingIndex {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
        /// Primary key or unique.
        kind: KeyKind,
        /// The index.
        index: Name,
        /// When it is checked.
        timing: Timing,
    },
    /// Adds a key to a partitioned table alone, not to its partitions: it becomes valid once theirs are attached.
    AddKeyOnly {
        /// The partitioned table.
        table: TableName,
        /// The constraint.
        name: Name,
        /// Primary key or unique.
        kind: KeyKind,
        /// Its columns.
        columns: Vec<Name>,
        /// Columns that ride along.
        include: Vec<Name>,
        /// When it is checked.
        timing: Timing,
    },
    /// Adds a key with an index of its own, under a lock that blocks readers and writers: only to take a swap back.
    AddKey {
        /// The table.
        table: TableName,
        /// Primary key or unique.
        kind: KeyKind,
        /// The key.
        key: crate::catalog::Key,
    },
    /// Says what identifies a row to logical replication.
    SetReplicaIdentity {
        /// The table.
        table: TableName,
        /// What does.
        identity: ReplicaIdentity,
    },
    /// Remembers an index for `CLUSTER`.
    ClusterOn {
        /// The table.
        table: TableName,
        /// The index.
        index: Name,
    },
    /// Sets a comment.
    Comment {
        /// On what.
        on: Commented,
        /// The text.
        text: String,
    },
    /// Makes a table a reference table.
    CreateReferenceTable {
        /// The table.
        table: TableName,
    },
    /// Distributes a table.
    Distribute {
        /// The table.
        table: TableName,
        /// The distribution column.
        column: Name,
        /// How.
        method: Method,
        /// The table whose colocation group it joins; `None` starts a group.
        colocate_with: Option<TableName>,
    },
    /// Makes a distributed or reference table a plain table again.
    Undistribute {
        /// The table.
        table: TableName,
    },
    /// Removes the rows that distribution left on the coordinator.
    TruncateLocalData {
        /// The table.
        table: TableName,
    },
    /// Drops what the backfill needed.
    DropHelpers,
}

impl Change {
    /// Whether the server refuses it inside a transaction block (or, for a backfill, it commits by itself).
    pub fn runs_alone(&self) -> bool {
        matches!(
            self,
            Self::Backfill(_)
                | Self::CreateIndex { build: IndexBuild::Concurrently, .. }
                | Self::DropIndex { concurrently: true, .. }
                | Self::Distribute { method: Method::Concurrent, .. }
        )
    }
}

/// A column to fill and the path from which its values come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backfill {
    /// The table; for a partitioned one, one of its partitions.
    pub table: TableName,
    /// The column to fill.
    pub column: Name,
    /// Where its values come from.
    pub path: Path,
    /// The columns of its primary key with their types, by which the batches are cut; empty to cut them by blocks.
    pub row_key: Vec<(Name, DataType)>,
}

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexBuild {
    /// Without blocking writers, outside a transaction.
    Concurrently,
    /// On a partitioned table alone, without its partitions: at once.
    OnlyParent,
    /// Blocking writers: only to take a step back.
    Blocking,
}

/// A primary key or a unique constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// `PRIMARY KEY`.
    Primary,
    /// `UNIQUE`.
    Unique,
}

/// How a table is distributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `create_distributed_table`: blocks writers while it copies, keeps the foreign keys.
    Blocking,
    /// `create_distributed_table_concurrently`: lets writers on, needs the foreign keys of the table gone.
    Concurrent,
}

/// What a comment is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commented {
    /// A table.
    Table(TableName),
    /// A column.
    Column(TableName, Name),
    /// A constraint.
    Constraint(TableName, Name),
    /// An index, in the schema of its table.
    Index(TableName, Name),
    /// A view.
    View(TableName),
}
