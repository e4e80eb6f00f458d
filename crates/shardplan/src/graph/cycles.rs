//! Which tables hang together: a graph comes in, its components and cycles go out. The only file that names petgraph.
//!
//! `kosaraju_scc` is iterative; petgraph's other algorithms recurse, and a long chain of tables is input from outside.

use std::collections::HashMap;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::unionfind::UnionFind;

use super::{KeyIx, SchemaGraph, TableIx};
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
        let groups = self.strong_components();
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

    /// The strongly connected component of each table, numbered in the order of their first tables.
    pub(super) fn strong_components(&self) -> Vec<u32> {
        let mut graph = DiGraph::<(), (), u32>::with_capacity(self.tables().len(), self.ends.len());
        for _ in self.tables() {
            graph.add_node(());
        }
        for (TableIx(from), TableIx(to)) in &self.ends {
            graph.add_edge(NodeIndex::from(*from), NodeIndex::from(*to), ());
        }
        let mut labels = vec![0; self.tables().len()];
        for (label, component) in (0u32..).zip(kosaraju_scc(&graph)) {
            component.into_iter().for_each(|node| labels[node.index()] = label);
        }
        numbered(labels)
    }
}

/// Gives the labels new numbers, counted up in the order in which they first appear.
fn numbered(labels: Vec<u32>) -> Vec<u32> {
    let mut numbers = HashMap::new();
    let mut number = |label| {
        let next = u32::try_from(numbers.len()).expect("there are not more labels than tables");
        *numbers.entry(label).or_insert(next)
    };
    labels.into_iter().map(&mut number).collect()
}
