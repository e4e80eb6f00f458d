//! Brings a catalog into its one order, so that the same schema gives the same bytes whatever order it was read in.

use super::{Catalog, Table};

impl Catalog {
    /// Sorts every list by name (columns, key columns and column pairs keep their order, which has a meaning).
    pub fn sort(&mut self) {
        self.tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.tables.iter_mut().for_each(sort_table);
        self.foreign_keys.sort_by(|a, b| (&a.from, &a.name).cmp(&(&b.from, &b.name)));
        self.sequences.sort_by(|a, b| a.name.cmp(&b.name));
        self.types.sort_by(|a, b| a.name.cmp(&b.name));
        self.views.sort_by(|a, b| a.name.cmp(&b.name));
        for view in &mut self.views {
            view.reads.sort();
            view.reads.dedup();
            view.indexes.sort_by(|a, b| a.name.cmp(&b.name));
        }
        self.functions.sort_by(|a, b| (&a.name, &a.arguments).cmp(&(&b.name, &b.arguments)));
        self.publications.sort_by(|a, b| a.name.cmp(&b.name));
        for publication in &mut self.publications {
            publication.tables.sort();
            publication.schemas.sort();
        }
        self.extensions.sort_by(|a, b| a.name.cmp(&b.name));
    }
}

fn sort_table(table: &mut Table) {
    table.unique.sort_by(|a, b| a.name.cmp(&b.name));
    table.indexes.sort_by(|a, b| a.name.cmp(&b.name));
    table.exclusions.sort_by(|a, b| a.name.cmp(&b.name));
    table.checks.sort_by(|a, b| a.name.cmp(&b.name));
    table.triggers.sort_by(|a, b| a.name.cmp(&b.name));
    table.rules.sort_by(|a, b| a.name.cmp(&b.name));
    table.policies.sort_by(|a, b| a.name.cmp(&b.name));
    for policy in &mut table.policies {
        policy.roles.sort();
    }
}
