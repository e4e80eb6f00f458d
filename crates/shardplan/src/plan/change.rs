//! What a step does: one typed change is one statement. Knows no phase.

use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::filling::{Backfill, CopyColumn, KeyTrigger, Undecided};
use super::lock::TableLock;
use super::shadow::ShadowChange;
use crate::catalog::{
    DataType, Exclusion, ForeignKey, Identity, Index, Key, Policy, ReplicaIdentity, Rule, Timing, Trigger,
};
use crate::name::{Name, QualifiedName, TableName};

/// One typed change: one statement, or for a backfill one running job.
///
/// Not `#[non_exhaustive]`, like [`Gate`](crate::Gate) and [`Probe`](crate::Probe): a renderer that leaves one out renders a
/// script that does half of the plan, so a new one must not compile there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
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
    /// Renames a column.
    RenameColumn {
        /// The table.
        table: TableName,
        /// The name that it has.
        from: Name,
        /// The name that it gets.
        to: Name,
    },
    /// Gives a column a default.
    SetDefault {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// The default as an expression.
        default: String,
    },
    /// Gives a column another type, under a lock that blocks readers and writers while the table is rewritten: only to take a
    /// step back.
    ChangeType {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// Its new type.
        data_type: DataType,
    },
    /// Copies a column into another one of the same row, batch by batch.
    CopyColumn(Box<CopyColumn>),
    /// Defines the function of triggers, and what they count in: no lock on a table.
    DefineTrigger(Box<KeyTrigger>),
    /// Makes the triggers.
    CreateTrigger(Box<KeyTrigger>),
    /// Drops such triggers; the function stays until the helpers go.
    DropTriggers {
        /// The table.
        table: TableName,
        /// The triggers.
        triggers: Vec<Name>,
    },
    /// Makes views of the rows about which a person must decide, and procedures that carry the decision out.
    ListUndecided(Box<Undecided>),
    /// Fills a column over a path, batch by batch.
    Backfill(Box<Backfill>),
    /// Adds a CHECK, without looking at the old rows (`NOT VALID`).
    AddCheck {
        /// The table.
        table: TableName,
        /// The constraint.
        name: Name,
        /// What it says.
        condition: Condition,
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
        index: Box<Index>,
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
        foreign_key: Box<ForeignKey>,
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
        key: Box<Key>,
    },
    /// Adds an exclusion constraint, under a lock that blocks readers and writers while its index is built: only to take a
    /// step back.
    AddExclusion {
        /// The table.
        table: TableName,
        /// The constraint.
        exclusion: Box<Exclusion>,
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
    /// Locks tables, and remembers for the rest of the transaction what Citus takes from a table that it makes anew, and from
    /// the views over it: read from the server then, because not all of it is in a catalog.
    Remember {
        /// The tables.
        tables: Vec<TableName>,
    },
    /// Puts back what was remembered.
    PutBack,
    /// Takes a plain table into Citus's metadata, for which Citus makes it anew. Its rows stay on the coordinator.
    AddToMetadata {
        /// The table.
        table: TableName,
    },
    /// For the rest of the transaction Citus keeps to one connection for each node.
    OneConnection,
    /// Locks tables one after the other, all or none, before a transaction does anything else.
    LockTables {
        /// The tables in the order in which they are locked.
        locks: Vec<TableLock>,
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
    /// Drops a trigger, a rewrite rule or a policy, and keeps in the helpers' schema what makes it again.
    Remove {
        /// The table.
        table: TableName,
        /// What goes.
        object: Box<TableObject>,
    },
    /// Makes what was removed again, as the server had it.
    BringBack {
        /// The table.
        table: TableName,
        /// What comes back.
        object: Box<TableObject>,
    },
    /// Gives a column that is an identity a default instead, from a sequence of the same name at the same place, which it owns;
    /// or the other way round.
    SetIdentity {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// The sequence.
        sequence: QualifiedName,
        /// What the column becomes; `None` for one with a default.
        identity: Option<Identity>,
    },
    /// Drops what the backfill needed.
    DropHelpers,
    /// What only the strategy of shadow tables does.
    Shadow(ShadowChange),
}

impl Change {
    pub(super) fn create_index(table: &TableName, index: Index, build: IndexBuild) -> Self {
        Self::CreateIndex { table: table.clone(), index: Box::new(index), build }
    }

    pub(super) fn add_foreign_key(foreign_key: ForeignKey) -> Self {
        Self::AddForeignKey { foreign_key: Box::new(foreign_key) }
    }

    pub(super) fn add_key(table: &TableName, kind: KeyKind, key: Key) -> Self {
        Self::AddKey { table: table.clone(), kind, key: Box::new(key) }
    }

    /// Whether it calls `create_distributed_table_concurrently`.
    pub fn is_concurrent(&self) -> bool {
        matches!(self, Self::Distribute { method: Method::Concurrent, .. })
    }

    /// Whether the server refuses it inside a transaction block (or, for a backfill, it commits by itself).
    pub fn runs_alone(&self) -> bool {
        matches!(
            self,
            Self::Backfill(_)
                | Self::CopyColumn(_)
                | Self::CreateIndex { build: IndexBuild::Concurrently, .. }
                | Self::Shadow(ShadowChange::CopyRows(_) | ShadowChange::CatchUp | ShadowChange::Exchange { .. })
                | Self::DropIndex { concurrently: true, .. }
        ) || self.is_concurrent()
    }
}

/// What hangs on a table and acts on statements.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TableObject {
    /// A trigger.
    Trigger(Trigger),
    /// A rewrite rule.
    Rule(Rule),
    /// A row security policy.
    Policy(Policy),
}

impl TableObject {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        match self {
            Self::Trigger(trigger) => &trigger.name,
            Self::Rule(rule) => &rule.name,
            Self::Policy(policy) => &policy.name,
        }
    }

    /// What it is, as `DROP` calls it, in lower case.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Trigger(_) => "trigger",
            Self::Rule(_) => "rule",
            Self::Policy(_) => "policy",
        }
    }
}

/// How an index is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// `PRIMARY KEY`.
    Primary,
    /// `UNIQUE`.
    Unique,
}

/// How a table is distributed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `create_distributed_table`: blocks writers while it copies, keeps the foreign keys.
    Blocking,
    /// `create_distributed_table_concurrently`: lets writers on, needs the foreign keys of the table gone.
    Concurrent,
}

/// What a comment is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
