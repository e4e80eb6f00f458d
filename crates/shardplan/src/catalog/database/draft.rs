//! What has been read so far, found by the server's object numbers. Rows come in from each reader, a catalog goes out.

use super::oid::OidMap;
use crate::catalog::{Catalog, Index, Table, View};
use crate::error::Error;
use crate::name::{Name, TableName};

/// A column as indexes and constraints refer to it.
pub(super) struct Attribute {
    pub(super) number: i16,
    pub(super) name: Name,
    pub(super) type_id: u32,
    pub(super) collation: u32,
}

/// A catalog that is being filled.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) catalog: Catalog,
    names: OidMap<TableName>,
    tables: OidMap<usize>,
    views: OidMap<usize>,
    attributes: OidMap<Vec<Attribute>>,
}

impl Draft {
    /// Notes that a relation exists, whether it belongs to the catalog or not.
    pub(super) fn add_name(&mut self, id: u32, name: TableName) {
        self.names.insert(id, name);
    }

    pub(super) fn add_table(&mut self, id: u32, table: Table) {
        self.tables.insert(id, self.catalog.tables.len());
        self.catalog.tables.push(table);
    }

    pub(super) fn add_view(&mut self, id: u32, view: View) {
        self.views.insert(id, self.catalog.views.len());
        self.catalog.views.push(view);
    }

    /// Notes the columns of a relation, in their order.
    pub(super) fn add_attributes(&mut self, relation: u32, attributes: Vec<Attribute>) {
        self.attributes.insert(relation, attributes);
    }

    /// The table of that number: `None` for relations that are not tables of the user's.
    pub(super) fn table(&mut self, id: u32) -> Option<&mut Table> {
        self.tables.get(&id).map(|&at| &mut self.catalog.tables[at])
    }

    /// Where the table of that number stands in the catalog.
    pub(super) fn table_position(&self, id: u32) -> Option<usize> {
        self.tables.get(&id).copied()
    }

    /// The view of that number.
    pub(super) fn view(&mut self, id: u32) -> Option<&mut View> {
        self.views.get(&id).map(|&at| &mut self.catalog.views[at])
    }

    /// The numbers of the views, sorted.
    pub(super) fn view_ids(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self.views.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// The indexes of the table or materialized view of that number.
    pub(super) fn indexes(&mut self, id: u32) -> Option<&mut Vec<Index>> {
        if let Some(&at) = self.tables.get(&id) {
            return Some(&mut self.catalog.tables[at].indexes);
        }
        self.view(id).map(|view| &mut view.indexes)
    }

    /// The name of the table or view of that number.
    pub(super) fn name(&self, id: u32) -> Option<&TableName> {
        self.names.get(&id)
    }

    /// The name of a table or view that `object` refers to.
    pub(super) fn referenced(&self, id: u32, object: impl FnOnce() -> String) -> Result<TableName, Error> {
        let missing = || Error::Dangling { object: object(), missing: format!("the relation with the oid {id}") };
        self.name(id).cloned().ok_or_else(missing)
    }

    /// Where a column stands in its relation, by the server's number, which dropped columns make skip.
    pub(super) fn column_position(&self, relation: u32, number: i16) -> Option<usize> {
        position(self.attributes.get(&relation)?, number)
    }

    /// A column that `object` refers to.
    pub(super) fn attribute(
        &self,
        relation: u32,
        number: i16,
        object: impl FnOnce() -> String,
    ) -> Result<&Attribute, Error> {
        let found = self.attributes.get(&relation).and_then(|list| list.get(position(list, number)?));
        let missing = || {
            let table = self.name(relation).map_or_else(|| relation.to_string(), ToString::to_string);
            Error::Dangling { object: object(), missing: format!("the column number {number} of `{table}`") }
        };
        found.ok_or_else(missing)
    }

    /// The names of columns that `object` refers to, in their order.
    pub(super) fn column_names(
        &self,
        relation: u32,
        numbers: &[i16],
        object: impl Fn() -> String,
    ) -> Result<Vec<Name>, Error> {
        let name = |&number| self.attribute(relation, number, &object).map(|attribute| attribute.name.clone());
        numbers.iter().map(name).collect()
    }
}

/// Where the column of that number stands: mostly right there, or before it where columns were dropped.
fn position(attributes: &[Attribute], number: i16) -> Option<usize> {
    let last = usize::try_from(number).ok()?.min(attributes.len());
    attributes[..last].iter().rposition(|attribute| attribute.number == number)
}
