//! Which tables hang together: a graph comes in, its components and cycles go out. Knows nothing of
//! what is done with them.

use petgraph::unionfind::UnionFind;

use super::edges::{Edges, numbered};
use super::{KeyIx, SchemaGraph};
use crate::catalog::{ForeignKey, Table};

/// Tables that reference one another in a circle, or one that references itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycle<'g> {
    /// The tables, by name: from each of them every other one can be reached over foreign keys.
    pub tables: Vec<&'g Table>,
    /// The foreign keys among them, by referencing table and name; self-references included.
    pub foreign_keys: Vec<&'g ForeignKey>,
}

impl SchemaGraph {
    /// The groups of tables that hang together by foreign keys (in either direction) or as partitions of one table: each by
    /// name, the groups in the order of their first names. Takes about linear time.
    pub fn components(&self) -> Vec<Vec<&Table>> {
        let mut sets = UnionFind::<u32>::new(self.tables().len());
        for (from, to) in &self.ends {
            sets.union(from.0, to.0);
        }
        for table in self.indices() {
            sets.union(table.0, self.topmost(table).0);
        }
        let groups = numbered(sets.into_labeling());
        let mut components = Vec::new();
        for (table, group) in self.tables().iter().zip(groups) {
            if group as usize == components.len() {
                components.push(Vec::new());
            }
            components[group as usize].push(table);
        }
        components
    }

    /// The cycles: strongly connected components with more than one table or with a self-reference, in the order of their
    /// first names. Takes linear time.
    pub fn cycles(&self) -> Vec<Cycle<'_>> {
        let groups = self.edges().strong_components();
        let mut cycles: Vec<Cycle<'_>> =
            groups.iter().map(|_| Cycle { tables: Vec::new(), foreign_keys: Vec::new() }).collect();
        for (table, group) in self.tables().iter().zip(&groups) {
            cycles[*group as usize].tables.push(table);
        }
        for (at, (from, to)) in self.ends.iter().enumerate() {
            let group = groups[from.at()];
            if group == groups[to.at()] {
                cycles[group as usize].foreign_keys.push(self.key_at(KeyIx::new(at)));
            }
        }
        // Tables of one component without a key inside it would not be connected.
        cycles.retain(|cycle| !cycle.foreign_keys.is_empty());
        cycles
    }

    /// The foreign keys as edges between table numbers.
    pub(super) fn edges(&self) -> Edges {
        Edges::new(self.tables().len(), self.ends.iter().map(|(from, to)| (from.0, to.0)).collect())
    }
}
