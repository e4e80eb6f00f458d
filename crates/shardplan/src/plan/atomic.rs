//! All tables in one transaction: the order and the foreign keys come in, one step goes out. Knows no other phase.

use std::borrow::Cow;

use foldhash::HashSet;

use super::change::Change;
use super::cost::{Estimate, Sizes};
use super::distribute::placing_change;
use super::draft::Draft;
use super::foreign_key_steps::{comment_of, drop_of};
use super::lock::{LockMode, TableLock};
use super::obstacles::has_identity;
use super::order::places;
use super::row_types;
use super::step::{Step, Undo};
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::catalog::{ForeignKey, Table, TableKind};
use crate::graph::{Edges, TableIx};
use crate::name::{MAX_NAME_BYTES, TableName};

/// Locks every table, takes the foreign keys between them out, places the tables, and puts the foreign keys back.
///
/// A copy under foreign keys would check them row by row; adding them again looks at all rows at once, and what nobody can
/// write meanwhile needs nobody to enforce it.
pub(super) fn step(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict], order: &[Placing]) -> Step {
    let keys = keys(draft, verdicts, order);
    let first = order.iter().find(|placing| placing.as_what != PlacedAs::Reference).map(|placing| &placing.table);
    let mut changes = Vec::new();
    if needs_one_connection(draft, order) {
        changes.push(Change::OneConnection);
    }
    changes.push(Change::LockTables { locks: locks(draft, &keys, order) });
    changes.extend(keys.iter().map(|key| drop_of(key)));
    changes.extend(order.iter().map(|placing| placing_change(placing, first)));
    changes
        .extend(keys.iter().map(|key| Change::add_foreign_key(ForeignKey { comment: None, ..ForeignKey::clone(key) })));
    changes.extend(keys.iter().filter_map(|key| comment_of(key)));
    let why = "all reference and distributed tables at one instant, so that no foreign key is ever seen unenforced";
    Step::new(&draft.classification.root().name, why, changes, undo(draft, order))
}

/// Several connections to a node are faster. But a foreign key to a reference table is refused then; the type of a column that
/// holds rows of another table is not found; and a table with rows whose
/// shards have names that are cut ends in a distributed deadlock with itself (met with names from 56 bytes on, which with an
/// underscore and a number of six digits make 63; with 55 bytes never).
fn needs_one_connection(draft: &Draft<'_>, order: &[Placing]) -> bool {
    let places = places(draft, order);
    let mut placed = draft.tables().filter(|(ix, _)| places[draft.placed_for(*ix).at()].is_some());
    order.iter().any(|placing| placing.as_what == PlacedAs::Reference)
        || placed.any(|(_, table)| is_cut_on_shards(table))
        || !row_types::row_columns(draft).is_empty()
}

/// An underscore and a number of up to so many digits come behind the name of a table on its shards.
const SHARD_DIGITS: usize = 10;

/// Whether the names of its shards are cut; where partitions are made, for caution those of their indexes too.
fn is_cut_on_shards(table: &Table) -> bool {
    let in_parts = table.partition_of.is_some() || matches!(table.kind, TableKind::Partitioned(_));
    let indexes = table.keys().map(|key| &key.name).chain(table.indexes.iter().map(|index| &index.name));
    let mut names = std::iter::once(&table.name.name).chain(indexes.filter(|_| in_parts));
    names.any(|name| name.as_str().len() + 1 + SHARD_DIGITS >= MAX_NAME_BYTES)
}

/// The foreign keys between tables that are placed, as they are by then.
fn keys<'v>(draft: &Draft<'_>, verdicts: &'v [ForeignKeyVerdict], order: &[Placing]) -> Vec<&'v ForeignKey> {
    let places = places(draft, order);
    let is_placed = |table: &TableName| places[draft.placed_for(draft.find(table)).at()].is_some();
    let keys = verdicts.iter().filter_map(ForeignKeyVerdict::after);
    keys.filter(|key| is_placed(&key.from) && is_placed(&key.to)).collect()
}

/// The locks in the order in which they are taken: a writer locks the table that it writes to and then, for the foreign key,
/// the referenced one. Whoever takes them the other way round waits for one that waits for him.
///
/// To take a foreign key out, both its tables must be locked against readers: taken at once, that lock need not be waited for
/// when others wait already.
pub(super) fn locks(draft: &Draft<'_>, keys: &[&ForeignKey], order: &[Placing]) -> Vec<TableLock> {
    let ends = |key: &&ForeignKey| [&key.from, &key.to].map(|table| draft.placed_for(draft.find(table)));
    let at_end_of_key: HashSet<TableIx> = keys.iter().flat_map(ends).collect();
    let places = places(draft, order);
    let edges = keys.iter().map(ends).map(|[from, to]| (from.0, to.0)).collect();
    let sequence = referencing_first(places.len(), edges).into_iter().map(TableIx);
    let locked = sequence.filter(|ix| places[ix.at()].is_some() || at_end_of_key.contains(ix));
    let lock = |ix: TableIx| TableLock {
        table: draft.table(ix).name.clone(),
        mode: if at_end_of_key.contains(&ix) { LockMode::AccessExclusive } else { LockMode::Exclusive },
    };
    locked.map(lock).collect()
}

/// The order in which the first of each pair comes before the second, unless they are in a cycle; else the smallest first.
fn referencing_first(count: usize, edges: Vec<(u32, u32)>) -> Vec<u32> {
    let turned = edges.into_iter().map(|(from, to)| (to, from)).collect();
    Edges::new(count, turned).referenced_first().numbers
}

/// Table after table, from the last to the first; or not at all, for a part of them would leave the others alone.
fn undo(draft: &Draft<'_>, order: &[Placing]) -> Undo {
    let mut placed = order.iter().map(|placing| draft.find(&placing.table));
    if let Some(table) = placed.find(|ix| has_identity(draft, *ix)).map(|ix| draft.table(ix)) {
        let why = format!("Citus cannot undistribute `{}`, which has an identity column", table.name);
        return Undo::Impossible(Cow::Owned(why));
    }
    let back = |placing: &Placing| vec![Change::Undistribute { table: placing.table.clone() }];
    Undo::Changes(order.iter().rev().map(back).collect())
}

/// Says who waits, and for how much.
pub(super) fn report(draft: &mut Draft<'_>, order: &[Placing]) {
    let tables = || order.iter().map(|placing| draft.table(draft.find(&placing.table)));
    let known: Vec<u64> = tables().filter_map(|table| draft.classification.expected_rows(&table.name)).collect();
    let sizes = Sizes::new(draft.graph.catalog(), |table| draft.classification.expected_rows(table));
    let bytes = match tables().map(|table| sizes.of(&table.name)).fold(Estimate::none(), |sum, one| sum + one) {
        Estimate::AtLeast(0) => "nobody knows how many bytes".to_owned(),
        bytes => bytes.to_string(),
    };
    let message = format!(
        "the writers of all {} tables wait while they are copied, and readers where a foreign key is: {}, {bytes}",
        order.len(),
        total(&known, order.len()),
    );
    draft.report("atomic-waits", &draft.classification.root().name, None, message);
}

fn total(known: &[u64], tables: usize) -> String {
    let sum = known.iter().fold(0_u64, |sum, one| sum.saturating_add(*one));
    match known.len() {
        0 => "nobody knows how many rows".to_owned(),
        all if all == tables => format!("{sum} rows"),
        some => format!("{sum} rows in {some} of them, unknown in the others"),
    }
}

#[cfg(test)]
mod tests;
