//! The order among the tables that go online: the usual order, the foreign keys and how large tables are come in, the order by which
//! foreign keys are unenforced for the least time goes out.

use std::time::Duration;

use super::change::Method;
use super::cost::{Estimate, Pace, Sizes};
use super::draft::Draft;
use super::order::{edge, places};
use super::row_types;
use super::sequence::{EXACT, Jobs, Quality, Sequence, Tie};
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::classify::Strategy;
use crate::graph::{Edges, TableIx};

/// The order with the tables that go online where they are best.
pub(super) fn arranged(draft: &mut Draft<'_>, foreign_keys: &[ForeignKeyVerdict], usual: &[Placing]) -> Vec<Placing> {
    let online = usual.iter().filter(|placing| placing.is_concurrent()).count();
    if draft.strategy == Strategy::Atomic || online < 2 {
        return usual.to_vec();
    }
    let is_reference = |placing: &&Placing| placing.as_what == PlacedAs::Reference;
    let (reference, distributed) = usual.split_at(usual.iter().take_while(is_reference).count());
    let jobs = jobs(draft, foreign_keys, distributed);
    let (best, quality) = Sequence::new(&jobs).best((0u32..).take(distributed.len()).collect());
    if let Quality::AtMost { bound, open } = quality {
        report(draft, online, bound, open);
    }
    let best = best.into_iter().map(|job| distributed[job as usize].clone());
    reference.iter().cloned().chain(best).collect()
}

fn report(draft: &mut Draft<'_>, online: usize, bound: u128, open: u128) {
    let [bound, open] = [bound, open].map(|millis| u64::try_from(millis).unwrap_or(u64::MAX));
    let [bound, open] = [bound, open].map(|millis| Estimate::About(Duration::from_millis(millis)));
    let message = format!(
        "{online} tables go online, more than the {EXACT} of which every order is compared: by the order found, foreign keys are \
         unenforced for {open} in all, and no order can be below {bound}"
    );
    draft.report("order-searched", &draft.classification.root().name, None, message);
}

fn jobs(draft: &Draft<'_>, foreign_keys: &[ForeignKeyVerdict], order: &[Placing]) -> Jobs {
    let places = places(draft, order);
    let number = |ix: TableIx| places[ix.at()].and_then(|place| u32::try_from(place).ok());
    let free: Vec<bool> = order.iter().map(Placing::is_concurrent).collect();
    let keys: Vec<_> = foreign_keys.iter().filter_map(|verdict| edge(draft, verdict)).collect();
    // A reference table is there before all of them.
    let ties = keys.iter().filter_map(|(from, to)| Some(Tie { from: number(*from)?, to: number(*to) }));
    let ties: Vec<Tie> = ties.collect();
    let both_online = |from: u32, to: u32| free[from as usize] && free[to as usize];
    let by_key = ties.iter().filter_map(|tie| Some((tie.from, tie.to?)));
    let by_key = by_key.filter(|(from, to)| !both_online(*from, *to));
    let rows = row_types::row_columns(draft).into_iter();
    let by_rows = rows.filter_map(|(ix, _, of)| Some((number(draft.placed_for(ix))?, number(draft.placed_for(of))?)));
    let waits = without_circles(order.len(), by_key.chain(by_rows.filter(|(ix, of)| ix != of)).collect());
    Jobs { times: times(draft, order, &free, &ties), free, ties, waits }
}

/// Without the pairs that close a circle: what those say is not kept, whatever the order.
fn without_circles(count: usize, pairs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let broken = Edges::new(count, pairs.clone()).referenced_first().broken;
    let kept = (0u32..).zip(pairs).filter(|(at, _)| broken.binary_search(at).is_err());
    kept.map(|(_, pair)| pair).collect()
}

/// How long each table takes, in milliseconds; one of unknown size as long as the longest that is known.
fn times(draft: &Draft<'_>, order: &[Placing], free: &[bool], ties: &[Tie]) -> Vec<u64> {
    let sizes = Sizes::new(draft.graph.catalog(), |table| draft.classification.expected_rows(table));
    let pace = Pace { sizes: &sizes, rate: draft.rules.copy_rate };
    let mut in_place = vec![0; order.len()];
    for tie in ties.iter().filter(|tie| tie.to.is_none_or(|to| !free[to as usize])) {
        in_place[tie.from as usize] += 1;
    }
    let takes = order.iter().zip(free).zip(in_place).map(|((placing, free), in_place)| {
        let method = if *free { Method::Concurrent } else { Method::Blocking };
        pace.placing(&placing.table, method, in_place)
    });
    let takes: Vec<Estimate<Duration>> = takes.collect();
    let longest = takes.iter().map(|time| time.known()).max().unwrap_or_default();
    let times = takes.into_iter().map(|time| if time.is_known() { time.known() } else { longest });
    times.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).collect()
}

#[cfg(test)]
mod tests;
