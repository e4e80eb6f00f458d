//! All ways from a table to the nearest holders of the key: links and holders come in, link lists go out, the best first.
//!
//! How doubtful the ways of each length of a table are is computed once for all tables; the walk that lists them then only
//! takes links that still lead to a holder. A way never meets a table twice and ends at the first holder.
//!
//! Doubts are added up along a way, so the rest of a table's best way is the best way of the table that it leads over: what
//! a row gets from the row that it references is what the way says.

use std::collections::VecDeque;

use super::holders::Holders;
use super::links::{Link, LinkIx};
use super::scene::Scene;
use crate::graph::TableIx;

/// The longest way that any search looks for, whatever the rules say: a join over more tables is no backfill.
const LONGEST: usize = 64;

/// Steps per path and hop before a walk gives up in a thicket of cycles.
const PATIENCE: usize = 64;

/// How doubtful a way is: by the number of doubtful foreign keys, then by what may be wrong with them. Smaller is better, and
/// of the longest way it still fits.
type Doubt = u16;

/// What one doubtful foreign key weighs: more than all that may be wrong with the others of the [`LONGEST`] way.
const DOUBTFUL: Doubt = 256;

/// Different doubts in ascending order.
type Doubts = Vec<Doubt>;

/// For each length, how doubtful the ways of exactly that length of each table are (ways that turn back included).
pub(super) struct Search<'a, 'g> {
    scene: &'a Scene<'g>,
    layers: Vec<Vec<Doubts>>,
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
        let at_holders: Vec<Doubts> =
            tables().map(|table| holders.get(table).map(|_| 0).into_iter().collect()).collect();
        let mut layers = vec![at_holders];
        // One layer more than allowed, to tell whether the bound cuts something off.
        for length in 0..=max_hops {
            let before = &layers[length];
            let layer: Vec<Doubts> = tables()
                .map(|table| if holders.get(table).is_some() { Vec::new() } else { one_more(scene, table, before) })
                .collect();
            layers.push(layer);
        }
        Self { scene, layers, max_hops }
    }

    /// The ways from a table that holds no key: shortest first, then the least doubtful, then by foreign key names.
    pub(super) fn ways(&self, start: TableIx) -> Ways {
        let bound = self.scene.rules.max_paths.max(1);
        // The rules may name any number as the bound.
        let steps = bound.saturating_mul(self.max_hops * PATIENCE);
        let mut walk = Walk { search: self, start, bound, steps, found: Ways::default() };
        for length in 1..self.layers.len() {
            for doubt in &self.layers[length][start.at()] {
                walk.list(length, *doubt);
                if walk.found.cut {
                    return walk.found;
                }
            }
        }
        walk.found
    }
}

/// Not validated before nullable before both: an orphan is rare, a NULL is not.
fn doubt(link: &Link) -> Doubt {
    match (link.nullable, link.validated) {
        (false, true) => 0,
        (false, false) => DOUBTFUL,
        (true, true) => DOUBTFUL + 1,
        (true, false) => DOUBTFUL + 2,
    }
}

/// The doubts of the ways that begin with one link and go on with one of `before`.
fn one_more(scene: &Scene<'_>, table: TableIx, before: &[Doubts]) -> Doubts {
    let onward = scene.links.out_links(table).filter(|link| link.to != table);
    let mut doubts: Doubts =
        onward.flat_map(|link| before[link.to.at()].iter().map(move |rest| doubt(link) + rest)).collect();
    doubts.sort_unstable();
    doubts.dedup();
    doubts
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
    /// Lists the ways of exactly this length and doubt, in the order of their foreign keys' names.
    fn list(&mut self, length: usize, wanted: Doubt) {
        let links = &self.search.scene.links;
        // Per table on the way: which of its links comes next, and how doubtful the rest of the way has to be.
        let mut stack: Vec<(TableIx, usize, Doubt)> = vec![(self.start, 0, wanted)];
        let mut trail: Vec<LinkIx> = Vec::new();
        while let Some((table, next, wanted)) = stack.last_mut() {
            let Some(link) = links.out(*table).get(*next).copied() else {
                stack.pop();
                trail.pop();
                continue;
            };
            *next += 1;
            let to = links.get(link).to;
            let rest = wanted.checked_sub(doubt(links.get(link)));
            let left = length - stack.len();
            let goes_on = rest.filter(|rest| self.search.layers[left][to.at()].binary_search(rest).is_ok());
            let Some(rest) = goes_on.filter(|_| stack.iter().all(|(table, ..)| *table != to)) else { continue };
            self.steps = self.steps.saturating_sub(1);
            trail.push(link);
            if left > 0 && self.steps > 0 {
                stack.push((to, 0, rest));
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
