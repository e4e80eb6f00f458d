//! In which order tables can be treated: a graph comes in, an order with referenced tables first goes out. Knows nothing of
//! what is done in that order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{KeyIx, Lists, SchemaGraph, TableIx};
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
        let groups = self.strong_components();
        let group = |table: TableIx| groups[table.at()];
        let keys = || (0..self.ends.len()).map(KeyIx::new).map(|key| (key, self.ends(key)));
        let between = keys().map(|(_, (from, to))| (group(from), group(to))).filter(|(from, to)| from != to);
        let count = groups.iter().max().map_or(0, |last| *last as usize + 1);
        let blocks = places(&referenced_first(count, between));

        let broken = self.leading_back(&groups);
        let within = keys()
            .filter(|(key, (from, to))| group(*from) == group(*to) && from != to && broken.binary_search(key).is_err());
        let inside = referenced_first(groups.len(), within.map(|(_, (from, to))| (from.0, to.0)));
        let mut tables: Vec<TableIx> = inside.into_iter().map(TableIx).collect();
        tables.sort_by_key(|table| blocks[group(*table) as usize]);
        (tables, broken)
    }

    /// The foreign keys that lead to a table which a depth-first walk of its component has entered and not yet left, sorted.
    /// Without them there is no cycle, and each of them closes one with keys that stay.
    fn leading_back(&self, groups: &[u32]) -> Vec<KeyIx> {
        let mut visits = vec![Visit::Not; self.tables().len()];
        let mut broken = Vec::new();
        let mut stack = Vec::new();
        for start in self.indices() {
            if visits[start.at()] == Visit::Not {
                visits[start.at()] = Visit::Inside;
                stack.push((start, self.outgoing(start)));
            }
            while let Some((table, keys)) = stack.last_mut() {
                let Some(key) = keys.next() else {
                    visits[table.at()] = Visit::Done;
                    stack.pop();
                    continue;
                };
                let (from, to) = self.ends(key);
                match visits[to.at()] {
                    _ if groups[from.at()] != groups[to.at()] => {}
                    Visit::Not => {
                        visits[to.at()] = Visit::Inside;
                        stack.push((to, self.outgoing(to)));
                    }
                    Visit::Inside if from != to => broken.push(key),
                    Visit::Inside | Visit::Done => {}
                }
            }
        }
        broken.sort_unstable();
        broken
    }
}

/// How far a walk has come with a table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    Inside,
    Done,
}

/// Orders `0..count` so that the second of each pair comes before the first, the smallest that can come next first. What
/// stands in a circle is left out; the callers have none.
fn referenced_first(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Vec<u32> {
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
