//! A table that is made anew: its place comes in, what goes with the old one is forgotten, or remembered and put back.

use std::sync::Arc;

use super::{Place, Schema};
use crate::catalog::{ForeignKey, Table};
use crate::plan::simulate::alteration::has_comments;

/// A table as it was, and its foreign keys.
pub(in crate::plan::simulate) struct Remembered {
    place: Place,
    table: Arc<Table>,
    keys: Vec<ForeignKey>,
}

impl Schema {
    /// What is on a table and its partitions, to put it back when they have been made anew.
    pub(in crate::plan::simulate) fn remember(&self, place: Place) -> impl Iterator<Item = Remembered> {
        self.tables.family(place).filter_map(|place| {
            let table = self.tables.at(place)?.clone();
            let keys = self.tables.outgoing(place).map(|tie| tie.key.clone()).collect();
            Some(Remembered { place, table, keys })
        })
    }

    /// Puts back what was remembered of a table that has been made anew.
    pub(in crate::plan::simulate) fn put_back(&mut self, kept: Remembered) {
        for before in kept.keys {
            let now = self.tables.key(&before.from, &before.name);
            if now.is_some_and(|tie| tie.key.comment != before.comment) {
                self.tables.change_key(&before.from, &before.name, |key| key.comment = before.comment.clone());
            }
        }
        self.tables.put(kept.place, kept.table);
    }

    /// The table was made anew, with its partitions: whatever comments were on them are gone, and checks pass for valid.
    pub(in crate::plan::simulate) fn make_anew(&mut self, place: Place) {
        let family: Vec<Place> = self.tables.family(place).collect();
        for at in family {
            if self.tables.at(at).is_some_and(|table| has_comments(table) || has_unproven(table)) {
                self.tables.change(at).into_iter().for_each(make_anew);
            }
            if self.tables.outgoing(at).any(|tie| tie.key.comment.is_some()) {
                self.tables.change_keys_of(at, |key| key.comment = None);
            }
        }
    }
}

fn has_unproven(table: &Table) -> bool {
    table.checks.iter().any(|check| !check.validated)
}

fn make_anew(table: &mut Table) {
    table.comment = None;
    table.columns.iter_mut().for_each(|column| column.comment = None);
    table.primary_key.iter_mut().chain(&mut table.unique).for_each(|key| key.comment = None);
    table.indexes.iter_mut().for_each(|index| index.comment = None);
    for check in &mut table.checks {
        check.comment = None;
        check.validated = true;
    }
    table.exclusions.iter_mut().for_each(|exclusion| exclusion.comment = None);
}
