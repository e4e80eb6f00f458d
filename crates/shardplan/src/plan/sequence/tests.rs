//! The search against all orders there are.

use proptest::prelude::*;

use super::{EXACT, Jobs, Quality, Sequence, Tie};

/// Up to so many jobs, with ties between any two of them, and waits that lead back only.
fn jobs(count: std::ops::Range<usize>, all_free: bool) -> impl Strategy<Value = Jobs> {
    count.prop_flat_map(move |count| {
        let number = 0..u32::try_from(count).unwrap();
        let tie = (number.clone(), prop::option::weighted(0.8, number)).prop_map(|(from, to)| Tie { from, to });
        let times = prop::collection::vec(1..1_000_u64, count);
        let free = prop::collection::vec(prop::bool::weighted(if all_free { 1.0 } else { 0.7 }), count);
        let ties = prop::collection::vec(tie, 0..2 * count);
        let rows = prop::collection::vec(prop::bool::weighted(0.05), count * count);
        (times, free, ties, rows).prop_map(with_waits)
    })
}

/// What is not free comes after what it references and before what references it, as far as that leads back; so do rows.
fn with_waits((times, free, ties, rows): (Vec<u64>, Vec<bool>, Vec<Tie>, Vec<bool>)) -> Jobs {
    let count = u32::try_from(times.len()).unwrap();
    let by_key = ties.iter().filter_map(|tie| Some((tie.from, tie.to?)));
    let by_key = by_key.filter(|(from, to)| to < from && !(free[*from as usize] && free[*to as usize]));
    let by_rows = (0..count).flat_map(|job| (0..job).map(move |before| (job, before)));
    let by_rows = by_rows.filter(|(job, before)| rows[(job * count + before) as usize]);
    let waits = by_key.chain(by_rows).collect();
    Jobs { times, free, ties, waits }
}

fn usual(jobs: &Jobs) -> Vec<u32> {
    (0..u32::try_from(jobs.times.len()).unwrap()).collect()
}

/// The least of all orders of the free jobs that are possible.
fn brute(sequence: &Sequence<'_>) -> u128 {
    let mut orders = vec![Vec::new()];
    for job in &sequence.free {
        let longer = orders.iter().flat_map(|order: &Vec<u32>| {
            (0..=order.len()).map(move |at| [&order[..at], &[*job], &order[at..]].concat())
        });
        orders = longer.collect();
    }
    let possible = orders.iter().filter_map(|order| sequence.full(order));
    possible.map(|walk| slow(sequence.jobs, &walk.order)).min().unwrap()
}

/// For how long ties are open, each for itself.
fn slow(jobs: &Jobs, order: &[u32]) -> u128 {
    let place = |job: u32| order.iter().position(|one| *one == job).unwrap();
    let span = |from: usize, to: usize| order[from..to].iter().map(|job| u128::from(jobs.times[*job as usize])).sum();
    let open = jobs.ties.iter().map(|tie| match tie.to {
        None => span(0, place(tie.from) + 1),
        Some(to) if to == tie.from => 0,
        Some(to) => {
            let (from, to_place) = (place(tie.from), place(to));
            let opens_at_end = to_place < from && !jobs.free[to as usize];
            span(from.min(to_place) + usize::from(opens_at_end), from.max(to_place) + 1)
        }
    });
    open.sum()
}

fn keeps_waits(jobs: &Jobs, order: &[u32]) -> bool {
    let place = |job: u32| order.iter().position(|one| *one == job).unwrap();
    order.len() == jobs.times.len() && jobs.waits.iter().all(|(job, before)| place(*before) < place(*job))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_few_jobs_get_the_best_of_all_orders(jobs in jobs(1..8, false)) {
        let sequence = Sequence::new(&jobs);
        let (order, quality) = sequence.best(usual(&jobs));
        prop_assert!(keeps_waits(&jobs, &order));
        prop_assert_eq!(sequence.open(&order), slow(&jobs, &order));
        prop_assert_eq!(quality, Quality::Best);
        prop_assert_eq!(sequence.open(&order), brute(&sequence).min(slow(&jobs, &usual(&jobs))));
    }

    #[test]
    fn no_order_is_below_the_bound(jobs in jobs(1..8, false)) {
        let sequence = Sequence::new(&jobs);
        prop_assert!(sequence.bound() <= brute(&sequence));
    }

    #[test]
    fn the_search_is_between_the_best_and_the_usual_order(jobs in jobs(2..9, true)) {
        let sequence = Sequence::new(&jobs);
        let found = sequence.search(&usual(&jobs)).unwrap();
        prop_assert!(keeps_waits(&jobs, &found));
        let found = sequence.open(&found);
        let best = sequence.open(&sequence.best(usual(&jobs)).0);
        prop_assert!(best <= found && found <= sequence.open(&usual(&jobs)));
        prop_assert!(found <= best.saturating_mul(2), "{} instead of {}", found, best);
    }

    #[test]
    fn many_jobs_get_no_worse_than_the_usual_order(jobs in jobs(EXACT + 1..EXACT + 12, true)) {
        let sequence = Sequence::new(&jobs);
        let (order, quality) = sequence.best(usual(&jobs));
        prop_assert!(keeps_waits(&jobs, &order));
        let open = sequence.open(&order);
        prop_assert!(open <= sequence.open(&usual(&jobs)));
        match quality {
            Quality::Best => prop_assert_eq!(open, sequence.bound()),
            Quality::AtMost { bound, open: said } => prop_assert!(said == open && bound == sequence.bound() && bound < open),
        }
    }
}

/// A hub and so many that are tied to it.
fn star(leaves: u32) -> Jobs {
    let count = leaves as usize + 1;
    let ties = (1..=leaves).map(|from| Tie { from, to: Some(0) }).collect();
    Jobs { times: vec![10; count], free: vec![true; count], ties, waits: Vec::new() }
}

#[test]
fn the_hub_of_a_star_comes_in_its_middle_and_the_bound_knows() {
    for leaves in [4, 30] {
        let jobs = star(leaves);
        let sequence = Sequence::new(&jobs);
        let (order, quality) = sequence.best(usual(&jobs));
        let place = order.iter().position(|job| *job == 0).unwrap();
        assert_eq!((place, quality), (leaves as usize / 2, Quality::Best));
        assert_eq!(sequence.open(&order), sequence.bound());
    }
}

#[test]
fn an_order_that_is_as_good_is_left_alone() {
    let chain: Vec<Tie> = (1..6).map(|from| Tie { from, to: Some(from - 1) }).collect();
    let jobs = Jobs { times: vec![7; 6], free: vec![true; 6], ties: chain, waits: Vec::new() };
    assert_eq!(Sequence::new(&jobs).best(usual(&jobs)), (usual(&jobs), Quality::Best));
}

#[test]
fn a_thousand_free_jobs_are_searched_as_far_as_the_work_goes() {
    let jobs = star(1_000);
    let sequence = Sequence::new(&jobs);
    let (order, quality) = sequence.best(usual(&jobs));
    assert!(sequence.open(&order) < sequence.open(&usual(&jobs)));
    assert!(matches!(quality, Quality::AtMost { bound, open } if bound < open));
}
