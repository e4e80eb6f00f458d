//! The foreign-key graph: a catalog comes in, a graph in which every reference is resolved goes out. Knows nothing of tenants,
//! distribution or SQL; petgraph stays in this folder.

mod check;
mod cycles;
mod edges;
mod lists;
mod order;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use cycles::Cycle;
pub(crate) use edges::Edges;
pub(crate) use lists::Lists;
pub use order::Order;

use std::sync::OnceLock;

use crate::catalog::{Catalog, ForeignKey, Table};
use crate::error::Error;
use crate::name::TableName;

/// The place of a table in [`SchemaGraph::tables`]; tables are ordered by name, so this order is the names' order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TableIx(pub(crate) u32);

/// The place of a foreign key in [`SchemaGraph::foreign_keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeyIx(pub(crate) u32);

impl TableIx {
    pub(crate) fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("a catalog has fewer than four billion tables"))
    }

    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

impl KeyIx {
    pub(crate) fn new(at: usize) -> Self {
        Self(u32::try_from(at).expect("a catalog has fewer than four billion foreign keys"))
    }

    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// A checked catalog with its foreign keys as edges from the referencing to the referenced table.
///
/// Parallel foreign keys and self-references are kept, each with its own name.
#[derive(Debug)]
pub struct SchemaGraph {
    catalog: Catalog,
    ends: Vec<(TableIx, TableIx)>,
    outgoing: Lists,
    incoming: Lists,
    partitions: Lists,
    topmost: Vec<TableIx>,
    places: check::Places,
    /// Made when somebody asks for it: it takes a look at the whole catalog.
    fingerprint: OnceLock<String>,
}

impl SchemaGraph {
    /// Sorts the catalog, checks it and builds its graph.
    ///
    /// # Errors
    /// [`Error::EmptyCatalog`]; [`Error::Dangling`] when a foreign key, key, index, partition or inheriting table names a
    /// table or column that the catalog does not have; [`Error::Duplicate`] when a table, or a column, constraint or index
    /// of one table, stands twice.
    pub fn new(mut catalog: Catalog) -> Result<Self, Error> {
        catalog.sort();
        share_schemas(&mut catalog.tables);
        let check::Resolved { places, ends, parents, topmost } = check::resolve(&catalog)?;
        share_ends(&mut catalog, &ends);
        let tables = catalog.tables.len();
        let keys = || (0u32..).zip(&ends);
        let children = (0u32..).zip(&parents).filter_map(|(child, parent)| parent.map(|parent| (parent.0, child)));
        Ok(Self {
            outgoing: Lists::new(tables, keys().map(|(key, (from, _))| (from.0, key))),
            incoming: Lists::new(tables, keys().map(|(key, (_, to))| (to.0, key))),
            partitions: Lists::new(tables, children),
            ends,
            topmost,
            places,
            catalog,
            fingerprint: OnceLock::new(),
        })
    }

    /// What tells the schema from every other: [`Catalog::fingerprint`].
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| self.catalog.fingerprint())
    }

    /// The catalog that it was made from, sorted.
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
        self.find(name).map(|ix| self.table_at(ix))
    }

    /// The foreign keys of that table, by name; none for a table that the catalog does not have.
    pub fn references(&self, table: &TableName) -> impl Iterator<Item = &ForeignKey> {
        self.find(table).into_iter().flat_map(|ix| self.outgoing(ix)).map(|key| self.key_at(key))
    }

    /// The foreign keys that reference that table, by referencing table and name.
    pub fn referenced_by(&self, table: &TableName) -> impl Iterator<Item = &ForeignKey> {
        self.find(table).into_iter().flat_map(|ix| self.incoming(ix)).map(|key| self.key_at(key))
    }

    pub(crate) fn find(&self, name: &TableName) -> Option<TableIx> {
        self.places.get(name).copied()
    }

    pub(crate) fn indices(&self) -> impl Iterator<Item = TableIx> + use<> {
        (0..self.catalog.tables.len()).map(TableIx::new)
    }

    pub(crate) fn table_at(&self, table: TableIx) -> &Table {
        &self.catalog.tables[table.at()]
    }

    pub(crate) fn key_at(&self, key: KeyIx) -> &ForeignKey {
        &self.catalog.foreign_keys[key.at()]
    }

    /// The referencing and the referenced table.
    pub(crate) fn ends(&self, key: KeyIx) -> (TableIx, TableIx) {
        self.ends[key.at()]
    }

    /// The foreign keys of a table, by name.
    pub(crate) fn outgoing(&self, table: TableIx) -> impl Iterator<Item = KeyIx> {
        self.outgoing.get(table.0).iter().map(|key| KeyIx(*key))
    }

    /// The foreign keys that reference a table, by referencing table and name.
    pub(crate) fn incoming(&self, table: TableIx) -> impl Iterator<Item = KeyIx> {
        self.incoming.get(table.0).iter().map(|key| KeyIx(*key))
    }

    /// The direct partitions of a table, by name.
    pub(crate) fn partitions(&self, table: TableIx) -> impl Iterator<Item = TableIx> {
        self.partitions.get(table.0).iter().map(|child| TableIx(*child))
    }

    /// The partitioned table at the top of a partition; any other table itself.
    pub(crate) fn topmost(&self, table: TableIx) -> TableIx {
        self.topmost[table.at()]
    }
}

/// Tables of one schema share its name in memory. Whatever is made of the catalog clones its names: to compare and to print
/// them then leads to few places, which stay in the processor's cache.
fn share_schemas(tables: &mut [Table]) {
    for at in 1..tables.len() {
        if tables[at].name.schema == tables[at - 1].name.schema {
            tables[at].name.schema = tables[at - 1].name.schema.clone();
        }
    }
}

/// Foreign keys share the names of their tables.
fn share_ends(catalog: &mut Catalog, ends: &[(TableIx, TableIx)]) {
    for (key, (from, to)) in catalog.foreign_keys.iter_mut().zip(ends) {
        key.from = catalog.tables[from.at()].name.clone();
        key.to = catalog.tables[to.at()].name.clone();
    }
}
