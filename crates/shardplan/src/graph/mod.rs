//! The foreign-key graph: a catalog comes in, a graph in which every reference is resolved goes out. Knows nothing of tenants,
//! distribution or SQL; petgraph stays in this folder.

use crate::catalog::{Catalog, ForeignKey, Table};
use crate::error::Error;
use crate::name::TableName;

/// The place of a table in [`SchemaGraph::tables`]; tables are ordered by name, so this order is the names' order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TableIx(pub(crate) u32);

/// The place of a foreign key in [`SchemaGraph::foreign_keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyIx(pub(crate) u32);

/// A checked catalog with its foreign keys as edges from the referencing to the referenced table.
#[derive(Debug)]
pub struct SchemaGraph {
    catalog: Catalog,
}

impl SchemaGraph {
    /// Checks the catalog and builds its graph.
    ///
    /// # Errors
    /// [`Error::EmptyCatalog`], [`Error::Dangling`], [`Error::Duplicate`].
    pub fn new(catalog: Catalog) -> Result<Self, Error> {
        Ok(Self { catalog })
    }

    /// The catalog that it was made from.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The tables, by name.
    pub fn tables(&self) -> &[Table] {
        &self.catalog.tables
    }

    /// The foreign keys, by referencing table and name.
    pub fn foreign_keys(&self) -> &[ForeignKey] {
        &self.catalog.foreign_keys
    }

    /// The table of that name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.find(name).map(|ix| &self.catalog.tables[ix.0 as usize])
    }

    pub(crate) fn find(&self, name: &TableName) -> Option<TableIx> {
        let found = self.catalog.tables.binary_search_by(|table| table.name.cmp(name)).ok()?;
        u32::try_from(found).ok().map(TableIx)
    }
}
