//! How long a change takes, and for how long of that its locks keep writers waiting. Knows no phase.
//!
//! The constants were measured on Citus 13.2.2 under PostgreSQL 15 (a coordinator and two workers on one machine with two cores, 32
//! shards, no fsync) with four tables of 442, 10,002, 499,920 and 1,000,740 rows, all foreign keys in place, under 50 inserts a
//! second; the copy rate ([`CopyRate`]) is of the same run, and what grows with a table is told in copies of it, so that another
//! rate scales it along.

use std::time::Duration;

use foldhash::{HashMap, HashSet};

use super::estimate::Estimate;
use super::size::Sizes;
use crate::catalog::ForeignKey;
use crate::classify::CopyRate;
use crate::name::{Name, TableName};
use crate::plan::change::{Change, IndexBuild, Method};
use crate::plan::shadow::ShadowChange;

/// A change of the catalog alone: renames and moves to another schema took 6 to 13 ms.
const MOMENT: Duration = Duration::from_millis(10);
/// The shards of one table: a run of 17.3 s, less its two concurrent calls (14.7 s) and its foreign keys (1.7 s), over the two
/// small tables that it distributed besides.
const SHARDS: Duration = Duration::from_millis(450);
/// What a concurrent call takes before and after its copy: 2 to 5 s for tables of a few rows.
const CONCURRENT: Duration = Duration::from_secs(5);
/// For how long a concurrent call keeps writers waiting at its end, whatever the size: the longest wait was 707 ms.
const CONCURRENT_WAIT: Duration = Duration::from_millis(710);
/// What each foreign key of a table that stays in place adds to its copy, in copies: 37 s instead of 3.7 s with three.
const CHECKED_IN_PLACE: u32 = 3;
/// The part of a copy in which all rows are checked at once: 1.4 s for three foreign keys, where the copy took 3.7 s.
const CHECKED_AT_ONCE: u32 = 8;

/// What the last changed rows of shadow tables take, while the live ones are locked.
const LAST_REPLAY: Duration = Duration::from_millis(50);
/// What a table adds to that: it goes to another schema, and its shadow comes, both by a statement on every shard.
const EXCHANGED: Duration = Duration::from_millis(13);

/// How long a change takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Takes {
    /// From its start to its end.
    pub(super) all: Estimate<Duration>,
    /// For how long of that its locks are held, if nothing comes behind it in the same transaction.
    pub(super) locked: Estimate<Duration>,
}

impl Takes {
    fn locked_throughout(all: Estimate<Duration>) -> Self {
        Self { all, locked: all }
    }

    /// Whether its locks are.
    pub(super) fn is_longer_than_a_moment(&self) -> bool {
        !self.locked.is_known() || self.locked.known() > MOMENT
    }
}

/// The foreign keys that are in place.
#[derive(Default)]
pub(super) struct InPlace<'p> {
    /// How many each table has.
    outgoing: HashMap<&'p TableName, usize>,
    /// By the table that they reference.
    incoming: HashMap<&'p TableName, HashSet<(&'p TableName, &'p Name)>>,
}

impl<'p> InPlace<'p> {
    pub(super) fn add(&mut self, key: &'p ForeignKey) {
        if self.incoming.entry(&key.to).or_default().insert((&key.from, &key.name)) {
            *self.outgoing.entry(&key.from).or_default() += 1;
        }
    }

    pub(super) fn remove(&mut self, table: &'p TableName, name: &'p Name, references: &TableName) {
        let incoming = self.incoming.get_mut(references);
        if incoming.is_some_and(|keys| keys.remove(&(table, name)))
            && let Some(count) = self.outgoing.get_mut(table)
        {
            *count -= 1;
        }
    }

    /// The tables that reference a table, in no order.
    pub(super) fn referencing(&self, table: &TableName) -> impl Iterator<Item = &'p TableName> {
        self.incoming.get(table).into_iter().flatten().map(|(from, _)| *from)
    }
}

/// What the time of changes depends on.
pub(in crate::plan) struct Pace<'s, 'c> {
    pub(in crate::plan) sizes: &'s Sizes<'c>,
    pub(in crate::plan) rate: CopyRate,
}

impl Pace<'_, '_> {
    fn copy(&self, table: &TableName) -> Estimate<Duration> {
        self.sizes.of(self.sizes.whole(table)).map(|bytes| self.rate.time_for(bytes))
    }

    /// All rows of a table looked at once.
    fn check(&self, table: &TableName) -> Estimate<Duration> {
        self.copy(table).map(|time| time / CHECKED_AT_ONCE) + Estimate::About(MOMENT)
    }

    /// A table distributed, or copied to every node, with so many of its foreign keys in place.
    pub(in crate::plan) fn placing(&self, table: &TableName, method: Method, in_place: usize) -> Estimate<Duration> {
        match method {
            Method::Concurrent => self.copy(table) + Estimate::About(CONCURRENT),
            Method::Blocking => {
                let keys = u32::try_from(in_place).unwrap_or(u32::MAX);
                let times = keys.saturating_mul(CHECKED_IN_PLACE).saturating_add(1);
                self.copy(table).map(|time| time.saturating_mul(times)) + Estimate::About(SHARDS)
            }
        }
    }

    fn of_shadows(&self, change: &ShadowChange) -> Takes {
        Takes::locked_throughout(match change {
            ShadowChange::CopyRows(rows) => self.copy(&rows.shadow.table),
            ShadowChange::Exchange { shadows, .. } => {
                let tables = u32::try_from(shadows.len()).unwrap_or(u32::MAX);
                Estimate::About(LAST_REPLAY.saturating_add(EXCHANGED.saturating_mul(tables)))
            }
            ShadowChange::TryForeignKey(key) => self.check(&key.from),
            ShadowChange::CatchUp => Estimate::About(SHARDS),
            ShadowChange::MarkBuilt { .. }
            | ShadowChange::Create(_)
            | ShadowChange::Drop { .. }
            | ShadowChange::Disown { .. }
            | ShadowChange::Own { .. }
            | ShadowChange::OwnOnWorkers { .. }
            | ShadowChange::Capture(_)
            | ShadowChange::DefineReplay(_)
            | ShadowChange::Analyze { .. }
            | ShadowChange::DropRetired { .. } => Estimate::About(MOMENT),
        })
    }

    /// What a change takes. A new kind of change must say it here.
    pub(super) fn takes(&self, change: &Change, in_place: &InPlace<'_>) -> Takes {
        let moment = Takes::locked_throughout(Estimate::About(MOMENT));
        match change {
            Change::Distribute { table, method: Method::Concurrent, .. } => {
                let all = self.placing(table, Method::Concurrent, 0);
                Takes { all, locked: Estimate::About(CONCURRENT_WAIT) }
            }
            Change::Distribute { table, .. } | Change::CreateReferenceTable { table } if self.sizes.is_copy(table) => {
                // It is empty.
                Takes::locked_throughout(Estimate::About(SHARDS))
            }
            Change::Distribute { table, .. } | Change::CreateReferenceTable { table } => Takes::locked_throughout(
                self.placing(table, Method::Blocking, in_place.outgoing.get(table).copied().unwrap_or(0)),
            ),
            Change::Undistribute { table } => Takes::locked_throughout(self.placing(table, Method::Blocking, 0)),
            Change::AddForeignKey { foreign_key } if foreign_key.validated => {
                Takes::locked_throughout(self.check(&foreign_key.from))
            }
            Change::ValidateConstraint { table, .. } => Takes::locked_throughout(self.check(table)),
            // Not measured: none of them is longer than a copy, and those of a plan's way there keep no writer waiting.
            Change::Backfill(backfill) => Takes::locked_throughout(self.copy(&backfill.from.table)),
            Change::CopyColumn(copy) => Takes::locked_throughout(self.copy(&copy.table)),
            Change::Shadow(change) => self.of_shadows(change),
            Change::CreateIndex { table, build: IndexBuild::Concurrently | IndexBuild::Blocking, .. }
            | Change::AddKey { table, .. }
            | Change::AddExclusion { table, .. }
            | Change::ChangeType { table, .. } => Takes::locked_throughout(self.copy(table)),
            Change::CreateIndex { build: IndexBuild::OnlyParent, .. }
            | Change::AddColumn { .. }
            | Change::DropColumn { .. }
            | Change::RenameColumn { .. }
            | Change::SetDefault { .. }
            | Change::DefineTrigger(_)
            | Change::CreateTrigger(_)
            | Change::DropTriggers { .. }
            | Change::ListUndecided(_)
            | Change::AddCheck { .. }
            | Change::SetNotNull { .. }
            | Change::DropNotNull { .. }
            | Change::DropConstraint { .. }
            | Change::DropForeignKey { .. }
            | Change::RenameConstraint { .. }
            | Change::AttachIndex { .. }
            | Change::DropIndex { .. }
            | Change::RenameIndex { .. }
            | Change::AddForeignKey { .. }
            | Change::AddKeyUsingIndex { .. }
            | Change::AddKeyOnly { .. }
            | Change::SetReplicaIdentity { .. }
            | Change::ClusterOn { .. }
            | Change::Comment { .. }
            | Change::OneConnection
            | Change::LockTables { .. }
            | Change::TruncateLocalData { .. }
            | Change::DropHelpers
            | Change::Remove { .. }
            | Change::BringBack { .. }
            | Change::SetIdentity { .. }
            // The rows stay where they are.
            | Change::AddToMetadata { .. }
            | Change::Remember { .. }
            | Change::PutBack => moment,
        }
    }
}
