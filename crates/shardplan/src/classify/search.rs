//! All ways from a table to the nearest holders of the key: links and holders come in, link lists go out, the best first.
//!
//! Which sorts of ways of each length a table has is computed once for all tables, in linear time; the walk that lists them
//! then only takes links that still lead to a holder. A way never meets a table twice and ends at the first holder.

use std::collections::VecDeque;

use super::holders::Holders;
use super::links::{Link, LinkIx};
use super::scene::Scene;
use crate::graph::TableIx;

/// The longest way that any search looks for, whatever the rules say: a join over more tables is no backfill.
const LONGEST: usize = 64;

/// Steps per path and hop before a walk gives up in a thicket of cycles.
const PATIENCE: usize = 64;

/// What a way is like: 0 is certain, +1 has a foreign key that was not validated, +2 has a nullable one. Smaller is better.
type Sort = u8;

const SORTS: std::ops::Range<Sort> = 0..4;

/// A set of [`Sort`]s as bits.
type Sorts = u8;

/// For each length, which sorts of ways of exactly that length each table has (ways that turn back included).
pub(super) struct Search<'a, 'g> {
    scene: &'a Scene<'g>,
    layers: Vec<Vec<Sorts>>,
    max_hops: usize,
}

/// The ways of one table.
#[derive(Debug, Default)]
pub(super) struct Ways {
    /// The links of each way, the best way first.
    pub(super) ways: Vec<Vec<LinkIx>>,
    /// Whether there are, or may be, more ways than a bound let through.
    pub(super) cut: bool,
}

impl<'a, 'g> Search<'a, 'g> {
    pub(super) fn new(scene: &'a Scene<'g>, holders: &Holders<'g>) -> Self {
        let max_hops = scene.rules.max_hops.clamp(1, LONGEST);
        let tables = || scene.graph.indices();
        let at_holders: Vec<Sorts> = tables().map(|table| Sorts::from(holders.get(table).is_some())).collect();
        let mut layers = vec![at_holders];
        // One layer more than allowed, to tell whether the bound cuts something off.
        for length in 0..=max_hops {
            let before = &layers[length];
            let layer: Vec<Sorts> = tables()
                .map(|table| if holders.get(table).is_some() { 0 } else { one_more(scene, table, before) })
                .collect();
            layers.push(layer);
        }
        Self { scene, layers, max_hops }
    }

    /// The ways from a table that holds no key: shortest first, then certain before doubtful, then by foreign key names.
    pub(super) fn ways(&self, start: TableIx) -> Ways {
        let bound = self.scene.rules.max_paths.max(1);
        // The rules may name any number as the bound.
        let steps = bound.saturating_mul(self.max_hops * PATIENCE);
        let mut walk = Walk { search: self, start, bound, steps, found: Ways::default() };
        for length in 1..self.layers.len() {
            for sort in SORTS.filter(|sort| self.layers[length][start.at()] & (1 << sort) != 0) {
                walk.list(length, sort);
                if walk.found.cut {
                    return walk.found;
                }
            }
        }
        walk.found
    }
}

fn sort_of(link: &Link) -> Sort {
    Sort::from(!link.validated) + 2 * Sort::from(link.nullable)
}

/// The sorts of ways that begin with one link and go on with one of `before`.
fn one_more(scene: &Scene<'_>, table: TableIx, before: &[Sorts]) -> Sorts {
    let onward = scene.links.out_links(table).filter(|link| link.to != table);
    onward.fold(0, |sorts, link| sorts | joined(sort_of(link), before[link.to.at()]))
}

/// The sorts that a way has when something of sort `first` is put before it.
fn joined(first: Sort, rest: Sorts) -> Sorts {
    SORTS.filter(|sort| rest & (1 << sort) != 0).fold(0, |sorts, sort| sorts | 1 << (first | sort))
}

/// A walk from one table, without recursion.
struct Walk<'s, 'a, 'g> {
    search: &'s Search<'a, 'g>,
    start: TableIx,
    bound: usize,
    steps: usize,
    found: Ways,
}

impl Walk<'_, '_, '_> {
    /// Lists the ways of exactly this length and sort, in the order of their foreign keys' names.
    fn list(&mut self, length: usize, sort: Sort) {
        let links = &self.search.scene.links;
        // Per table on the way: which of its links comes next, and the sort of the way before it.
        let mut stack: Vec<(TableIx, usize, Sort)> = vec![(self.start, 0, 0)];
        let mut trail: Vec<LinkIx> = Vec::new();
        while let Some((table, next, before)) = stack.last_mut() {
            let Some(link) = links.out(*table).get(*next).copied() else {
                stack.pop();
                trail.pop();
                continue;
            };
            *next += 1;
            let to = links.get(link).to;
            let now = *before | sort_of(links.get(link));
            let left = length - stack.len();
            let goes_on = joined(now, self.search.layers[left][to.at()]) & (1 << sort) != 0;
            if !goes_on || stack.iter().any(|(table, ..)| *table == to) {
                continue;
            }
            self.steps = self.steps.saturating_sub(1);
            trail.push(link);
            if left > 0 && self.steps > 0 {
                stack.push((to, 0, now));
            } else if self.steps == 0 || self.found.ways.len() >= self.bound || length > self.search.max_hops {
                self.found.cut = true;
                return;
            } else {
                self.found.ways.push(trail.clone());
                trail.pop();
            }
        }
    }
}

/// How many foreign keys each table is away from the nearest holder, without a bound; `None` where there is no way.
pub(super) fn distances(scene: &Scene<'_>, holders: &Holders<'_>) -> Vec<Option<u32>> {
    let mut distances: Vec<Option<u32>> = scene.graph.indices().map(|table| holders.get(table).map(|_| 0)).collect();
    let mut queue: VecDeque<TableIx> = scene.graph.indices().filter(|table| distances[table.at()].is_some()).collect();
    while let Some(to) = queue.pop_front() {
        let next = distances[to.at()].map(|distance| distance + 1);
        for link in scene.links.in_links(to) {
            if distances[link.from.at()].is_none() {
                distances[link.from.at()] = next;
                queue.push_back(link.from);
            }
        }
    }
    distances
}
