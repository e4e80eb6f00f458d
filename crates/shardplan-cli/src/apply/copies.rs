//! What each COPY that fills shards has done comes in, how far the table in hand is goes out.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::{PlacedAs, Placing, Strategy, TableName};

use super::folder::Folder;
use super::progress::Progress;

/// The copies that were seen of the table in hand. Citus may fill its shards one after another, so those that have ended since
/// count as well; what a copy did after it was last seen does not, which makes the sum the least that it can be.
#[derive(Debug, Default)]
pub(super) struct Copies {
    table: Option<TableName>,
    /// By node: each copy there, and its rows.
    rows: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Copies {
    /// Takes note of the copies that run now, and tells how many rows are copied.
    pub(super) fn seen(
        &mut self,
        folder: &Folder,
        placed: &BTreeSet<TableName>,
        running: &[Vec<String>],
    ) -> Option<Progress> {
        let in_hand = in_hand(folder, placed);
        self.note(in_hand.map(|placing| &placing.table), running);
        let rows_of = |table: &TableName| folder.catalog.tables.iter().find(|one| one.name == *table)?.statistics?.rows;
        let total = in_hand.and_then(|placing| rows_of(&placing.table)).unwrap_or(0);
        let is_everywhere = in_hand.is_some_and(|placing| placing.as_what == PlacedAs::Reference);
        let what = in_hand.map_or_else(|| "shards".to_owned(), |placing| placing.table.to_string());
        let done = self.done(is_everywhere);
        (done > 0).then(|| Progress::counted(what, done, total, "rows copied"))
    }

    fn note(&mut self, table: Option<&TableName>, running: &[Vec<String>]) {
        if self.table.as_ref() != table {
            *self = Self { table: table.cloned(), rows: BTreeMap::new() };
        }
        for row in running {
            let [node, copy, rows] = &row[..] else { continue };
            let Ok(rows) = rows.parse::<u64>() else { continue };
            let known = self.rows.entry(node.clone()).or_default().entry(copy.clone()).or_default();
            *known = rows.max(*known);
        }
    }

    /// Rows that are in the shards; of a reference table, which every node gets, those of the node that has most.
    fn done(&self, is_everywhere: bool) -> u64 {
        let nodes = self.rows.values().map(|copies| copies.values().sum::<u64>());
        if is_everywhere { nodes.max().unwrap_or(0) } else { nodes.sum() }
    }
}

/// The first table that is not in its place. In one transaction nobody else sees which are.
fn in_hand<'f>(folder: &'f Folder, placed: &BTreeSet<TableName>) -> Option<&'f Placing> {
    let mut order = folder.plan.order.iter().filter(|_| folder.plan.strategy != Strategy::Atomic);
    order.find(|placing| !placed.contains(&placing.table))
}

#[cfg(test)]
mod tests {
    use super::Copies;

    fn running(copies: &[[&str; 3]]) -> Vec<Vec<String>> {
        copies.iter().map(|row| row.map(str::to_owned).to_vec()).collect()
    }

    #[test]
    fn copies_that_have_ended_still_count() {
        let mut copies = Copies::default();
        let (orders, items) = ("public.orders".parse().unwrap(), "public.line_items".parse().unwrap());
        copies.note(Some(&orders), &running(&[["1", "7/10", "50"], ["2", "7/10", "30"], ["2", "8/11", "20"]]));
        assert_eq!((copies.done(false), copies.done(true)), (100, 50));
        copies.note(Some(&orders), &running(&[["1", "7/10", "60"], ["1", "7/12", "5"], ["2", "8/11", "3"]]));
        assert_eq!((copies.done(false), copies.done(true)), (115, 65));
        // What nobody can see, and what is no number, changes nothing.
        copies.note(Some(&orders), &running(&[["1", "7/10", "many"]]));
        assert_eq!(copies.done(false), 115);
        copies.note(Some(&items), &running(&[["1", "7/14", "1"]]));
        assert_eq!(copies.done(false), 1, "another table begins at nothing");
    }
}
