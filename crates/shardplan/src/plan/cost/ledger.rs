//! What is stored besides the tables as they were: changes come in, bytes copied and bytes stored twice go out.

use super::estimate::Estimate;
use super::size::Sizes;
use crate::name::TableName;
use crate::plan::change::{Change, Method};
use crate::plan::shadow::ShadowChange;

/// Bytes so far.
pub(super) struct Ledger {
    /// All that was copied.
    pub(super) copied: Estimate<u64>,
    /// The most that was stored twice at a time.
    pub(super) most: Estimate<u64>,
    /// What is stored twice now.
    now: Estimate<u64>,
}

impl Default for Ledger {
    fn default() -> Self {
        Self { copied: Estimate::none(), most: Estimate::none(), now: Estimate::none() }
    }
}

impl Ledger {
    /// A table that is placed while its writers wait leaves its rows on the coordinator until they are truncated; the concurrent
    /// function drops the old table when its copy is done.
    pub(super) fn note(&mut self, change: &Change, sizes: &Sizes<'_>) {
        match change {
            Change::CreateReferenceTable { table } | Change::Distribute { table, method: Method::Blocking, .. } => {
                self.copy(table, sizes);
            }
            Change::Distribute { table, method: Method::Concurrent, .. } => {
                self.copy(table, sizes);
                self.free(table, sizes);
            }
            Change::TruncateLocalData { table } => self.free(table, sizes),
            Change::Shadow(ShadowChange::CopyRows(rows)) => self.copy(&rows.shadow.table, sizes),
            Change::Shadow(ShadowChange::DropRetired { tables, .. }) => {
                tables.iter().for_each(|table| self.free(table, sizes));
            }
            _ => {}
        }
    }

    fn copy(&mut self, table: &TableName, sizes: &Sizes<'_>) {
        let bytes = sizes.of(table);
        (self.copied, self.now) = (self.copied + bytes, self.now + bytes);
        self.most = self.most.or_longer(self.now);
    }

    /// What was unknown when it came is unknown when it goes, and stays in the sum as that.
    fn free(&mut self, table: &TableName, sizes: &Sizes<'_>) {
        let bytes = sizes.of(table).known();
        self.now = self.now.map(|now| now.saturating_sub(bytes));
    }
}
