//! A table that is made anew: its name comes in, what goes with the old one is forgotten, or remembered and put back.

use super::Schema;
use crate::catalog::{ForeignKey, Table};
use crate::name::{Name, TableName};

/// A table as it was, and its foreign keys.
pub(in crate::plan::simulate) struct Remembered {
    table: Table,
    keys: Vec<ForeignKey>,
}

impl Schema {
    /// What is on a table and its partitions, to put it back when they have been made anew.
    pub(in crate::plan::simulate) fn remember(&self, name: &TableName) -> Vec<Remembered> {
        let keys = |table: &Table| self.outgoing(&table.name).cloned().collect();
        self.family(name).into_iter().map(|table| Remembered { table: table.clone(), keys: keys(table) }).collect()
    }

    /// Puts back what was remembered of a table that has been made anew.
    pub(in crate::plan::simulate) fn put_back(&mut self, kept: Remembered) {
        for key in kept.keys {
            if let Some(now) = self.foreign_keys.get_mut(&(key.from, key.name)) {
                now.comment = key.comment;
            }
        }
        self.one(&kept.table.name.clone(), |table| *table = kept.table);
    }

    /// The table was made anew, with its partitions: whatever comments were on them are gone.
    pub(in crate::plan::simulate) fn forget_comments(&mut self, name: &TableName) {
        let names: Vec<TableName> = self.family(name).into_iter().map(|table| table.name.clone()).collect();
        self.with_partitions(name, |table| {
            table.comment = None;
            table.columns.iter_mut().for_each(|column| column.comment = None);
            table.primary_key.iter_mut().chain(&mut table.unique).for_each(|key| key.comment = None);
            table.indexes.iter_mut().for_each(|index| index.comment = None);
            table.checks.iter_mut().for_each(|check| check.comment = None);
            table.exclusions.iter_mut().for_each(|exclusion| exclusion.comment = None);
        });
        for name in names {
            let from = (name.clone(), Name::from(""));
            let own = self.foreign_keys.range_mut(from..).take_while(|((table, _), _)| *table == name);
            own.for_each(|(_, key)| key.comment = None);
        }
    }
}
