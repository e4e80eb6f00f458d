//! Which locks a change takes: a change comes in, tables with lock modes go out.
//!
//! Sources: PostgreSQL documentation, 13.3.1 and the reference pages of the statements; for Citus's functions measured on 13.2.2.

use std::fmt;

use foldhash::HashMap;
use serde::{Deserialize, Serialize};

use super::change::{Change, Commented, IndexBuild, Method};
use crate::name::TableName;

/// PostgreSQL's table lock modes that a plan takes, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LockMode {
    /// Lets everything on but changes of the schema.
    RowShare,
    /// What every INSERT, UPDATE and DELETE takes.
    RowExclusive,
    /// Lets readers and writers on; one at a time.
    ShareUpdateExclusive,
    /// Blocks writers.
    Share,
    /// Blocks writers; one at a time.
    ShareRowExclusive,
    /// Blocks writers and `SELECT … FOR UPDATE`.
    Exclusive,
    /// Blocks readers and writers.
    AccessExclusive,
}

impl LockMode {
    /// Whether an application's INSERT, UPDATE or DELETE has to wait for it.
    pub fn blocks_writers(self) -> bool {
        self >= Self::Share
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        })
    }
}

/// A lock on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TableLock {
    /// The table.
    pub table: TableName,
    /// The mode.
    pub mode: LockMode,
}

/// Up to so many locks are looked through rather than hashed: nearly every step has no more.
const FEW: usize = 4;

impl TableLock {
    /// The strongest lock on each table, in the order in which the changes first take one.
    pub fn of(changes: &[Change]) -> Vec<Self> {
        let taken: Taken<'_> = changes.iter().flat_map(locks_of).collect();
        let mut locks: Vec<Self> = Vec::with_capacity(taken.len().min(FEW));
        let mut places: HashMap<&TableName, usize> = HashMap::default();
        for (table, mode) in &taken {
            let place = if taken.len() <= FEW {
                locks.iter().position(|lock| lock.table == **table)
            } else {
                let next = places.len();
                Some(*places.entry(table).or_insert(next))
            };
            match place.and_then(|at| locks.get_mut(at)) {
                Some(lock) => lock.mode = lock.mode.max(*mode),
                None => locks.push(Self { table: TableName::clone(table), mode: *mode }),
            }
        }
        locks
    }
}

pub(super) type Taken<'a> = Vec<(&'a TableName, LockMode)>;

pub(super) fn locks_of(change: &Change) -> Taken<'_> {
    use LockMode::{
        AccessExclusive, Exclusive, RowExclusive, RowShare, Share, ShareRowExclusive, ShareUpdateExclusive,
    };
    match change {
        Change::AddColumn { table, .. }
        | Change::DropColumn { table, .. }
        | Change::RenameColumn { table, .. }
        | Change::SetDefault { table, .. }
        | Change::ChangeType { table, .. }
        | Change::AddCheck { table, .. }
        | Change::SetNotNull { table, .. }
        | Change::DropNotNull { table, .. }
        | Change::DropConstraint { table, .. }
        | Change::RenameConstraint { table, .. }
        | Change::AddKeyUsingIndex { table, .. }
        | Change::AddKeyOnly { table, .. }
        | Change::AddKey { table, .. }
        | Change::AddExclusion { table, .. }
        | Change::SetReplicaIdentity { table, .. }
        | Change::DropTriggers { table, .. }
        | Change::AddToMetadata { table }
        | Change::Remove { table, .. }
        | Change::BringBack { table, .. }
        | Change::SetIdentity { table, .. }
        | Change::Undistribute { table }
        | Change::TruncateLocalData { table } => vec![(table, AccessExclusive)],
        Change::Backfill(backfill) => {
            let hops = backfill.from.path.hops.iter().map(|hop| (&hop.to, RowShare));
            std::iter::once((&backfill.from.table, RowExclusive)).chain(hops).collect()
        }
        Change::CopyColumn(copy) => vec![(&copy.table, RowExclusive)],
        Change::CreateTrigger(trigger) => vec![(trigger.on(), ShareRowExclusive)],
        Change::ValidateConstraint { table, references, .. } => {
            let referenced = references.iter().map(|to| (to, RowShare));
            std::iter::once((table, ShareUpdateExclusive)).chain(referenced).collect()
        }
        Change::DropForeignKey { table, references, .. } => {
            vec![(table, AccessExclusive), (references, AccessExclusive)]
        }
        Change::AddForeignKey { foreign_key } => {
            vec![(&foreign_key.from, ShareRowExclusive), (&foreign_key.to, ShareRowExclusive)]
        }
        Change::CreateIndex { table, build: IndexBuild::Concurrently, .. }
        | Change::DropIndex { table, concurrently: true, .. } => vec![(table, ShareUpdateExclusive)],
        Change::CreateIndex { table, .. } => vec![(table, Share)],
        Change::DropIndex { table, .. } => vec![(table, AccessExclusive)],
        // The lock on the index itself blocks nobody on PostgreSQL 12 and later.
        Change::RenameIndex { table, .. } | Change::ClusterOn { table, .. } => vec![(table, ShareUpdateExclusive)],
        Change::AttachIndex { parent, table, .. } => {
            vec![(parent, ShareUpdateExclusive), (table, ShareUpdateExclusive)]
        }
        Change::Comment { on, .. } => vec![(commented(on), ShareUpdateExclusive)],
        Change::CreateReferenceTable { table } | Change::Distribute { table, method: Method::Blocking, .. } => {
            vec![(table, Exclusive)]
        }
        Change::Remember { tables } => tables.iter().map(|table| (table, AccessExclusive)).collect(),
        Change::LockTables { locks } => locks.iter().map(|lock| (&lock.table, lock.mode)).collect(),
        // For a moment at the end, when the shards take over.
        Change::Distribute { table, method: Method::Concurrent, .. } => vec![(table, AccessExclusive)],
        Change::Shadow(change) => change.locks(),
        Change::DefineTrigger(_)
        | Change::ListUndecided(_)
        | Change::DropHelpers
        | Change::OneConnection
        | Change::PutBack => Vec::new(),
    }
}

fn commented(on: &Commented) -> &TableName {
    match on {
        Commented::Table(table)
        | Commented::Column(table, _)
        | Commented::Constraint(table, _)
        | Commented::Index(table, _)
        | Commented::View(table) => table,
    }
}
