//! Which foreign keys the copies get only at the exchange: verdicts and the order of the tables come in, foreign keys go out.

use super::super::draft::Draft;
use super::super::order::places;
use super::super::verdict::{ForeignKeyVerdict, Placing};
use crate::catalog::{Action, ForeignKey};

/// Why a foreign key of the copies comes late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Late {
    /// A replay must not set its actions off.
    Acts,
    /// It leads back to a table that comes later: rows are copied one table after the other, and it would look for some too
    /// early.
    ClosesCycle,
}

/// The foreign keys between copies, and why some of them come late.
pub(super) type Keys<'v> = [(&'v ForeignKey, Option<Late>)];

/// The foreign keys between copies, as they are in the end, each with the reason for which it comes late if it does.
pub(super) fn between<'v>(
    draft: &Draft<'_>,
    verdicts: &'v [ForeignKeyVerdict],
    order: &[Placing],
) -> Vec<(&'v ForeignKey, Option<Late>)> {
    let places = places(draft, order);
    let keys = verdicts.iter().filter_map(ForeignKeyVerdict::after);
    let keys = keys.filter_map(|key| {
        let [from, to] = [&key.from, &key.to].map(|table| places[draft.find(table).at()]);
        Some((key, late(key, from?, to?)))
    });
    keys.collect()
}

fn late(key: &ForeignKey, from: usize, to: usize) -> Option<Late> {
    let acts = |action: Action| ![Action::NoAction, Action::Restrict].contains(&action);
    match () {
        () if from < to => Some(Late::ClosesCycle),
        () if acts(key.on_delete) || acts(key.on_update) => Some(Late::Acts),
        () => None,
    }
}
