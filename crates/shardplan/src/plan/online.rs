//! The order among the tables that go online: the usual order, the foreign keys and how large tables are come in, the order by which
//! foreign keys are unenforced for the least time goes out.

use std::time::Duration;

use super::change::Method;
use super::cost::{Estimate, Pace, Sizes};
use super::draft::Draft;
use super::sequence::{EXACT, Jobs, Quality, Sequence, Tie};
use crate::classify::Strategy;
use crate::graph::{Edges, TableIx};

/// From the referencing to the referenced table, as they are placed.
type Pairs<'p> = &'p [(TableIx, TableIx)];

/// Changes the order of the tables that are distributed, if that is better.
pub(super) fn arrange(
    draft: &mut Draft<'_>,
    order: &mut Vec<TableIx>,
    methods: &[Option<Method>],
    (keys, rows): (Pairs<'_>, Pairs<'_>),
) {
    let is_online = |ix: TableIx| methods[ix.at()] == Some(Method::Concurrent);
    let online = order.iter().filter(|ix| is_online(**ix)).count();
    if draft.strategy == Strategy::Atomic || online < 2 {
        return;
    }
    let jobs = jobs(draft, order, methods, (keys, rows));
    let usual = (0u32..).take(order.len()).collect();
    let (best, quality) = Sequence::new(&jobs).best(usual);
    *order = best.into_iter().map(|job| order[job as usize]).collect();
    if let Quality::AtMost { bound, open } = quality {
        let [bound, open] = [bound, open].map(|millis| u64::try_from(millis).unwrap_or(u64::MAX));
        let [bound, open] = [bound, open].map(|millis| Estimate::About(Duration::from_millis(millis)));
        let message = format!(
            "{online} tables go online, more than the {EXACT} of which every order is compared: by the order found, foreign keys \
             are unenforced for {open} in all, and no order is known to be possible below {bound}"
        );
        draft.report("order-searched", &draft.classification.root().name, None, message);
    }
}

fn jobs(
    draft: &Draft<'_>,
    order: &[TableIx],
    methods: &[Option<Method>],
    (keys, rows): (Pairs<'_>, Pairs<'_>),
) -> Jobs {
    let mut numbers = vec![None; methods.len()];
    (0u32..).zip(order).for_each(|(job, ix)| numbers[ix.at()] = Some(job));
    let free: Vec<bool> = order.iter().map(|ix| methods[ix.at()] == Some(Method::Concurrent)).collect();
    let number = |ix: TableIx| numbers[ix.at()];
    // A reference table is there before all of them.
    let ties = keys.iter().filter_map(|(from, to)| Some(Tie { from: number(*from)?, to: number(*to) }));
    let ties: Vec<Tie> = ties.collect();
    let numbered = |(from, to): &(TableIx, TableIx)| Some((number(*from)?, number(*to)?));
    let both_online = |(from, to): &(u32, u32)| free[*from as usize] && free[*to as usize];
    let ordering = keys.iter().filter_map(numbered).filter(|pair| !both_online(pair));
    let waits = without_circles(order.len(), ordering.chain(rows.iter().filter_map(numbered)).collect());
    Jobs { times: times(draft, order, &free, &ties), free, ties, waits }
}

/// Without the pairs that close a circle: what those say is not kept, whatever the order.
fn without_circles(count: usize, pairs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    let broken = Edges::new(count, pairs.clone()).referenced_first().broken;
    let kept = (0u32..).zip(pairs).filter(|(at, _)| broken.binary_search(at).is_err());
    kept.map(|(_, pair)| pair).collect()
}

/// How long each table takes, in milliseconds; one of unknown size as long as the longest that is known.
fn times(draft: &Draft<'_>, order: &[TableIx], free: &[bool], ties: &[Tie]) -> Vec<u64> {
    let sizes = Sizes::new(draft.graph.catalog(), |table| draft.classification.expected_rows(table));
    let pace = Pace { sizes: &sizes, rate: draft.rules.copy_rate };
    let mut in_place = vec![0; order.len()];
    for tie in ties.iter().filter(|tie| tie.to.is_none_or(|to| !free[to as usize])) {
        in_place[tie.from as usize] += 1;
    }
    let takes = order.iter().zip(free).zip(in_place).map(|((ix, free), in_place)| {
        let method = if *free { Method::Concurrent } else { Method::Blocking };
        pace.placing(&draft.table(*ix).name, method, in_place)
    });
    let takes: Vec<Estimate<Duration>> = takes.collect();
    let longest = takes.iter().map(|time| time.known()).max().unwrap_or_default();
    let times = takes.into_iter().map(|time| if time.is_known() { time.known() } else { longest });
    times.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)).collect()
}

#[cfg(test)]
mod tests;
