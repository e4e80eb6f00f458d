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
        // Two are room enough for nearly every step.
        let mut locks: Vec<Self> = Vec::with_capacity(2);
        let mut places: HashMap<TableName, usize> = HashMap::default();
        for (table, mode) in changes.iter().flat_map(locks_of) {
            let place = if locks.len() <= FEW {
                locks.iter().position(|lock| lock.table == *table)
            } else {
                places.extend((places.len()..).zip(&locks[places.len()..]).map(|(at, lock)| (lock.table.clone(), at)));
                places.get(table).copied()
            };
            match place.and_then(|at| locks.get_mut(at)) {
                Some(lock) => lock.mode = lock.mode.max(mode),
                None => locks.push(Self { table: table.clone(), mode }),
            }
        }
        locks
    }
}

/// What a change takes, in order: nearly always up to two locks, which take no memory.
#[derive(Default)]
pub(super) struct Taken<'a> {
    first: [Option<(&'a TableName, LockMode)>; 2],
    more: Vec<(&'a TableName, LockMode)>,
}

impl<'a> Taken<'a> {
    pub(super) fn one(table: &'a TableName, mode: LockMode) -> Self {
        Self { first: [Some((table, mode)), None], more: Vec::new() }
    }

    pub(super) fn two(one: &'a TableName, other: &'a TableName, mode: LockMode) -> Self {
        Self { first: [one, other].map(|table| Some((table, mode))), more: Vec::new() }
    }
}

impl<'a> FromIterator<(&'a TableName, LockMode)> for Taken<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a TableName, LockMode)>>(locks: I) -> Self {
        let mut locks = locks.into_iter();
        Self { first: std::array::from_fn(|_| locks.next()), more: locks.collect() }
    }
}

impl<'a> IntoIterator for Taken<'a> {
    type Item = (&'a TableName, LockMode);
    type IntoIter = std::iter::Chain<
        std::iter::Flatten<std::array::IntoIter<Option<Self::Item>, 2>>,
        std::vec::IntoIter<Self::Item>,
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().flatten().chain(self.more)
    }
}

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
        | Change::TruncateLocalData { table } => Taken::one(table, AccessExclusive),
        Change::Backfill(backfill) => {
            let hops = backfill.from.path.hops.iter().map(|hop| (&hop.to, RowShare));
            std::iter::once((&backfill.from.table, RowExclusive)).chain(hops).collect()
        }
        Change::CopyColumn(copy) => Taken::one(&copy.table, RowExclusive),
        Change::CreateTrigger(trigger) => Taken::one(trigger.on(), ShareRowExclusive),
        Change::ValidateConstraint { table, references, .. } => {
            let referenced = references.iter().map(|to| (to, RowShare));
            std::iter::once((table, ShareUpdateExclusive)).chain(referenced).collect()
        }
        Change::DropForeignKey { table, references, .. } => Taken::two(table, references, AccessExclusive),
        Change::AddForeignKey { foreign_key } => Taken::two(&foreign_key.from, &foreign_key.to, ShareRowExclusive),
        Change::CreateIndex { table, build: IndexBuild::Concurrently, .. }
        | Change::DropIndex { table, concurrently: true, .. } => Taken::one(table, ShareUpdateExclusive),
        Change::CreateIndex { table, .. } => Taken::one(table, Share),
        Change::DropIndex { table, .. } => Taken::one(table, AccessExclusive),
        // The lock on the index itself blocks nobody on PostgreSQL 12 and later.
        Change::RenameIndex { table, .. } | Change::ClusterOn { table, .. } => Taken::one(table, ShareUpdateExclusive),
        Change::AttachIndex { parent, table, .. } => Taken::two(parent, table, ShareUpdateExclusive),
        Change::Comment { on, .. } => Taken::one(commented(on), ShareUpdateExclusive),
        Change::CreateReferenceTable { table } | Change::Distribute { table, method: Method::Blocking, .. } => {
            Taken::one(table, Exclusive)
        }
        Change::Remember { tables } => tables.iter().map(|table| (table, AccessExclusive)).collect(),
        Change::LockTables { locks } => locks.iter().map(|lock| (&lock.table, lock.mode)).collect(),
        // For a moment at the end, when the shards take over.
        Change::Distribute { table, method: Method::Concurrent, .. } => Taken::one(table, AccessExclusive),
        Change::Shadow(change) => change.locks(),
        Change::DefineTrigger(_)
        | Change::ListUndecided(_)
        | Change::DropHelpers
        | Change::OneConnection
        | Change::PutBack => Taken::default(),
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
