//! What Citus makes anew, and loses something of: tables come in, steps that put it back in the same transaction go out.
//!
//! A table that is taken into Citus's metadata without being placed at once, for the concurrent function or for a foreign key of
//! a local table, starts its identity columns again and loses its comments; views over it lose their grants, comments and
//! triggers, materialized ones their rows and indexes. The concurrent function would do it in a transaction of its own, with
//! the application writing before anybody can put it back: so the plan does it before, and leaves it nothing to make anew.

use std::collections::BTreeSet;

use super::change::Change;
use super::draft::Draft;
use super::foreign_key_steps::drop_of;
use super::partitions;
use super::step::{Step, Undo};
use super::verdict::{ForeignKeyVerdict, Placing, Suspended};
use crate::catalog::ForeignKey;
use crate::classify::{Placement, Strategy};
use crate::graph::TableIx;
use crate::name::TableName;

/// Why a foreign key is validated that was away.
pub(super) const WHY_VALIDATED: &str =
    "a row that broke it while it was away is named in the error: mend it and run this script again";

/// Before a table is distributed by the concurrent function. What takes that back takes this back too.
pub(super) fn add_to_metadata(table: &TableName) -> Step {
    let changes = keeping(vec![table.clone()], vec![Change::AddToMetadata { table: table.clone() }]);
    let why = "makes it a table of the cluster with its rows where they are, and puts back what that takes from it and its views";
    Step::new(table, why, changes, Undo::Nothing)
}

fn keeping(tables: Vec<TableName>, changes: Vec<Change>) -> Vec<Change> {
    let mut kept = vec![Change::Remember { tables }];
    kept.extend(changes);
    kept.push(Change::PutBack);
    kept
}

/// Takes the foreign keys from local to reference tables out and puts them back, so that Citus takes the local tables into its
/// metadata, and with them all that foreign keys connect to them: those that are connected at once.
pub(super) fn connect_local_tables(draft: &Draft<'_>, verdicts: &[ForeignKeyVerdict]) -> Vec<Step> {
    let connected = connected_locals(draft, verdicts).into_iter();
    connected.map(|(tables, keys)| taken_out_and_back(draft, &tables, keys)).collect()
}

/// The local tables that come into Citus's metadata together, with the foreign keys to reference tables that bring them there.
fn connected_locals<'v>(
    draft: &Draft<'_>,
    verdicts: &'v [ForeignKeyVerdict],
) -> Vec<(BTreeSet<TableIx>, Vec<&'v ForeignKey>)> {
    let to_reference = |verdict: &&ForeignKeyVerdict| {
        verdict.suspension.as_ref().is_some_and(|suspension| suspension.why == Suspended::LocalToReference)
    };
    let mut keys: Vec<&ForeignKey> =
        verdicts.iter().filter(to_reference).filter_map(ForeignKeyVerdict::after).collect();
    let mut found = Vec::new();
    while let Some(first) = keys.first().copied() {
        let connected = connected_local(draft, draft.find(&first.from));
        let (own, others) = keys.into_iter().partition(|key| connected.contains(&draft.find(&key.from)));
        keys = others;
        found.push((connected, own));
    }
    found
}

/// Which tables come into Citus's metadata with their rows where they are, and how many of the order are in their places by then.
pub(super) fn taken_in(
    draft: &Draft<'_>,
    verdicts: &[ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<(BTreeSet<TableIx>, usize)> {
    let online = order.iter().enumerate().filter(|(_, placing)| placing.is_concurrent());
    let online = online.map(|(before, placing)| (BTreeSet::from([draft.find(&placing.table)]), before));
    let locals = connected_locals(draft, verdicts).into_iter().map(|(tables, _)| (tables, order.len()));
    online.chain(locals).collect()
}

fn taken_out_and_back(draft: &Draft<'_>, connected: &BTreeSet<TableIx>, keys: Vec<&ForeignKey>) -> Step {
    let tables = connected.iter().map(|ix| draft.table(*ix).name.clone()).collect();
    // The exchange of shadow tables has taken them out.
    let out = keys.iter().filter(|_| draft.strategy != Strategy::Shadow).map(|key| drop_of(key));
    let back = keys.iter().map(|key| Change::add_foreign_key(unvalidated(draft, key)));
    let changes = keeping(tables, out.chain(back).collect());
    let why = "Citus takes the local table into its metadata and enforces its foreign keys from both sides";
    Step::new(&keys[0].from, why, changes, Undo::Nothing)
}

/// What keeps Citus from taking the tables of such a foreign key into its metadata.
pub(super) fn against(draft: &Draft<'_>, key: &ForeignKey) -> Option<String> {
    let mut connected = connected_local(draft, draft.find(&key.from)).into_iter();
    connected.find_map(|ix| partitions::against_metadata(draft, ix))
}

/// As it comes back: PostgreSQL has no NOT VALID for partitioned tables.
pub(super) fn unvalidated(draft: &Draft<'_>, key: &ForeignKey) -> ForeignKey {
    let validated = key.validated && draft.is_partitioned(draft.find(&key.from));
    ForeignKey { validated, comment: None, ..key.clone() }
}

/// The local tables that foreign keys connect, from one of them on.
fn connected_local(draft: &Draft<'_>, from: TableIx) -> BTreeSet<TableIx> {
    let mut found = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(ix) = waiting.pop() {
        let keys = draft.graph.outgoing(ix).chain(draft.graph.incoming(ix));
        let ends = keys.flat_map(|key| <[TableIx; 2]>::from(draft.graph.ends(key)));
        let local = ends.filter(|end| *draft.placement(*end) == Placement::Local);
        let new: Vec<TableIx> = local.filter(|end| found.insert(*end)).collect();
        waiting.extend(new);
    }
    found
}
