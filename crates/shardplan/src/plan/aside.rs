//! Two pieces of work that do not touch one another come in, both results go out.

use std::thread;

/// Does both, and if that is worth a thread, the first in one of its own. Where no thread can be had, the caller's does both.
pub(super) fn with<A: Send, B>(
    is_worth_it: bool,
    in_a_thread: impl Fn() -> A + Sync,
    meanwhile: impl FnOnce() -> B,
) -> (A, B) {
    thread::scope(|scope| {
        let start = || thread::Builder::new().spawn_scoped(scope, &in_a_thread).ok();
        let started = is_worth_it.then(start).flatten();
        let here = meanwhile();
        let there = match started {
            Some(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            None => in_a_thread(),
        };
        (there, here)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_are_done_with_a_thread_or_without() {
        for is_worth_it in [true, false] {
            assert_eq!(super::with(is_worth_it, || 1, || 2), (1, 2));
        }
    }
}
