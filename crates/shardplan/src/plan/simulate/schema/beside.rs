//! A table that is made beside another one, and the sequence that both draw from: names come in, the schema with them goes out.

use foldhash::HashMap;

use super::Schema;
use crate::catalog::Table;
use crate::name::{Name, QualifiedName, TableName};

impl Schema {
    /// Adds a table, after the one that it is a partition of.
    pub(in crate::plan::simulate) fn add_table(&mut self, table: Table) {
        self.tables.add(table);
    }

    /// Tables go, with their partitions and foreign keys; what references them stays.
    pub(in crate::plan::simulate) fn drop_tables<'t>(&mut self, names: impl IntoIterator<Item = &'t TableName>) {
        for name in names {
            let family: Vec<_> = self.tables.find(name).into_iter().flat_map(|at| self.tables.family(at)).collect();
            for at in family {
                self.tables.drop_keys_of(at);
                self.tables.remove(at);
            }
        }
    }

    /// Every table goes on under its other name, and its foreign keys with it.
    pub(in crate::plan::simulate) fn rename(&mut self, names: &HashMap<&TableName, &TableName>) {
        self.tables.rename(names);
    }

    /// Gives a sequence to a column, or takes it from the one that owns it.
    pub(in crate::plan::simulate) fn set_owner(&mut self, name: &QualifiedName, owner: Option<(&TableName, &Name)>) {
        let Some(sequence) = self.catalog.sequences.iter_mut().find(|sequence| sequence.name == *name) else { return };
        let owner = owner.map(|(table, column)| (table.clone(), column.clone()));
        let before = std::mem::replace(&mut sequence.owned_by, owner.clone());
        for (owner, sequence) in [(before, None), (owner, Some(name))] {
            let Some((table, column)) = owner else { continue };
            // A sequence is owned by the column of a partitioned table, not by those of its partitions.
            self.one(&table, |table| {
                let columns = table.columns.iter_mut().filter(|other| other.name == column);
                columns.for_each(|column| column.sequence = sequence.cloned());
            });
        }
    }
}
