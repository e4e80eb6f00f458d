//! Pieces of work that do not touch one another come in, their results go out in the same order, whoever did them.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Below this sum of weights a thread costs more than it saves.
const WORTH_A_THREAD: usize = 1_000;

/// Does the work for each item, the heaviest first, with as many threads as there are cores. Where no thread can be had, the
/// caller's does all.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    weight: impl Fn(&T) -> usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let mut queue: Vec<(usize, &T)> = items.iter().enumerate().collect();
    queue.sort_by_cached_key(|(_, item)| std::cmp::Reverse(weight(item)));
    let next = AtomicUsize::new(0);
    let take_turns = || {
        let turns = std::iter::from_fn(|| queue.get(next.fetch_add(1, Ordering::Relaxed)));
        turns.map(|(at, item)| (*at, work(item))).collect::<Vec<_>>()
    };
    let total: usize = items.iter().map(&weight).sum();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let helpers = if total < WORTH_A_THREAD { 0 } else { cores.min(items.len()).saturating_sub(1) };
    let mut done = thread::scope(|scope| {
        let start = |_| thread::Builder::new().spawn_scoped(scope, take_turns).ok();
        let started: Vec<_> = (0..helpers).filter_map(start).collect();
        let mut done = take_turns();
        for helper in started {
            done.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        for weight in [0, WORTH_A_THREAD] {
            let items: Vec<usize> = (0..100).collect();
            let doubled = map(&items, |item| weight + item % 7, |item| item * 2);
            assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
        assert!(map::<usize, usize>(&[], |item| *item, |item| *item).is_empty());
    }
}
