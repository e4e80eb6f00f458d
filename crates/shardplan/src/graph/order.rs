//! In which order tables can be treated: a graph comes in, an order with referenced tables first goes out. Knows nothing of
//! what is done in that order.

use super::edges::Sequence;
use super::{KeyIx, SchemaGraph, TableIx};
use crate::catalog::{ForeignKey, Table};

/// All tables, each after the tables that it references, as far as cycles let it.
#[derive(Debug, Clone, PartialEq)]
pub struct Order<'g> {
    /// Every table once.
    pub tables: Vec<&'g Table>,
    /// The foreign keys that the order does not respect, by referencing table and name. Each of them stands in a cycle, and
    /// with any one of them respected there would be a circle again.
    pub broken: Vec<&'g ForeignKey>,
}

impl SchemaGraph {
    /// The tables, referenced before referencing; among tables that could come next, the first by name does.
    ///
    /// Tables of one [cycle](crate::Cycle) follow one another without others in between. Inside it the order breaks at the
    /// foreign keys that lead back when the cycle is walked from its first table by name, along foreign keys in the order
    /// of their names; they are returned. A self-reference orders nothing and is never broken. Takes O(n log n) time.
    pub fn order(&self) -> Order<'_> {
        let (tables, broken) = self.order_indices();
        Order {
            tables: tables.into_iter().map(|table| self.table_at(table)).collect(),
            broken: broken.into_iter().map(|key| self.key_at(key)).collect(),
        }
    }

    /// [`SchemaGraph::order`] as places.
    pub(crate) fn order_indices(&self) -> (Vec<TableIx>, Vec<KeyIx>) {
        let Sequence { numbers, broken } = self.edges().referenced_first();
        (numbers.into_iter().map(TableIx).collect(), broken.into_iter().map(KeyIx).collect())
    }
}
