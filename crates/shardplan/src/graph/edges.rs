//! Numbered tables and edges between them: pairs come in, strongly connected components and an order go out. The only file
//! that names petgraph's graphs. Knows no catalog.
//!
//! `kosaraju_scc` is iterative; petgraph's other algorithms recurse, and a long chain of tables is input from outside.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use foldhash::HashMap;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use super::Lists;

/// Edges from the referencing to the referenced one of `count` numbered tables; parallel edges and loops are kept.
pub(crate) struct Edges {
    count: usize,
    ends: Vec<(u32, u32)>,
    outgoing: Lists,
}

/// All numbers, each after those that it references, as far as cycles let it.
pub(crate) struct Sequence {
    /// Every number once.
    pub(crate) numbers: Vec<u32>,
    /// The places of the edges that the order does not respect, ascending: each closes a cycle with edges that it does.
    pub(crate) broken: Vec<u32>,
}

impl Edges {
    pub(crate) fn new(count: usize, ends: Vec<(u32, u32)>) -> Self {
        let outgoing = Lists::new(count, (0u32..).zip(&ends).map(|(edge, (from, _))| (*from, edge)));
        Self { count, ends, outgoing }
    }

    /// The strongly connected component of each table, numbered in the order of their first tables.
    pub(crate) fn strong_components(&self) -> Vec<u32> {
        let mut graph = DiGraph::<(), (), u32>::with_capacity(self.count, self.ends.len());
        for _ in 0..self.count {
            graph.add_node(());
        }
        for (from, to) in &self.ends {
            graph.add_edge(NodeIndex::from(*from), NodeIndex::from(*to), ());
        }
        let mut labels = vec![0; self.count];
        for (label, component) in (0u32..).zip(kosaraju_scc(&graph)) {
            component.into_iter().for_each(|node| labels[node.index()] = label);
        }
        numbered(labels)
    }

    /// The order in which the smallest number that can come next does; those of one cycle follow one another. Inside a
    /// cycle it breaks at the edges that lead back when the cycle is walked from its smallest number, along edges in their
    /// order. A loop orders nothing and is never broken. Takes O(n log n) time.
    pub(crate) fn referenced_first(&self) -> Sequence {
        let groups = self.strong_components();
        let group = |number: u32| groups[number as usize];
        let ends = || (0u32..).zip(self.ends.iter().copied());
        let between = ends().map(|(_, (from, to))| (group(from), group(to))).filter(|(from, to)| from != to);
        let count = groups.iter().max().map_or(0, |last| *last as usize + 1);
        let blocks = places(&acyclic_order(count, between));

        let broken = self.leading_back(&groups);
        let within = ends().filter(|(edge, (from, to))| {
            group(*from) == group(*to) && from != to && broken.binary_search(edge).is_err()
        });
        let mut numbers = acyclic_order(self.count, within.map(|(_, ends)| ends));
        numbers.sort_by_key(|number| blocks[group(*number) as usize]);
        Sequence { numbers, broken }
    }

    /// The edges that lead to a number which a depth-first walk of its component has entered and not yet left, sorted.
    /// Without them there is no cycle, and each of them closes one with edges that stay.
    fn leading_back(&self, groups: &[u32]) -> Vec<u32> {
        let mut visits = vec![Visit::Not; self.count];
        let mut broken = Vec::new();
        let mut stack = Vec::new();
        for start in (0u32..).take(self.count) {
            if visits[start as usize] == Visit::Not {
                visits[start as usize] = Visit::Inside;
                stack.push((start, self.outgoing.get(start).iter()));
            }
            while let Some((number, edges)) = stack.last_mut() {
                let Some(&edge) = edges.next() else {
                    visits[*number as usize] = Visit::Done;
                    stack.pop();
                    continue;
                };
                let (from, to) = self.ends[edge as usize];
                match visits[to as usize] {
                    _ if groups[from as usize] != groups[to as usize] => {}
                    Visit::Not => {
                        visits[to as usize] = Visit::Inside;
                        stack.push((to, self.outgoing.get(to).iter()));
                    }
                    Visit::Inside if from != to => broken.push(edge),
                    Visit::Inside | Visit::Done => {}
                }
            }
        }
        broken.sort_unstable();
        broken
    }
}

/// How far a walk has come with a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Inside,
    Done,
}

/// Orders `0..count` so that the second of each pair comes before the first, the smallest that can come next first. What
/// stands in a circle is left out; the callers have none.
fn acyclic_order(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Vec<u32> {
    let mut waiting = vec![0u32; count];
    pairs.clone().for_each(|(from, _)| waiting[from as usize] += 1);
    let referencing = Lists::new(count, pairs.map(|(from, to)| (to, from)));
    let mut ready: BinaryHeap<Reverse<u32>> =
        (0u32..).zip(&waiting).filter(|(_, waits)| **waits == 0).map(|(one, _)| Reverse(one)).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(next)) = ready.pop() {
        order.push(next);
        for from in referencing.get(next) {
            let waits = &mut waiting[*from as usize];
            *waits -= 1;
            if *waits == 0 {
                ready.push(Reverse(*from));
            }
        }
    }
    order
}

/// At which place of an order each number stands.
fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, one) in (0u32..).zip(order) {
        places[*one as usize] = place;
    }
    places
}

/// Gives the labels new numbers, counted up in the order in which they first appear.
pub(super) fn numbered(labels: Vec<u32>) -> Vec<u32> {
    let mut numbers = HashMap::default();
    let mut number = |label| {
        let next = u32::try_from(numbers.len()).expect("there are not more labels than tables");
        *numbers.entry(label).or_insert(next)
    };
    labels.into_iter().map(&mut number).collect()
}
