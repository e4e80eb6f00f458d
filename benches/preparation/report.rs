//! What a person reads beside the figures: the log of a procedure and the waits meanwhile come in, lines are printed.

use std::time::Duration;

use crate::steps::Step;
use crate::waits::{Wait, Waits};

/// So many of the longest waits are printed one by one.
const SHOWN: usize = 5;

/// How long the application and the bystander waited in each step, and the longest waits of the application.
pub fn print(log: &[Step], waits: &Waits, bystander: &Waits) {
    println!("  {:<48} {:>8} {:>14} {:>14}", "step", "seconds", "longest wait", "of bystander");
    for (at, step) in log.iter().enumerate() {
        let again = if step.repeats > 0 { format!(" (run {} times)", step.repeats + 1) } else { String::new() };
        println!(
            "  {:<48} {:>8.2} {:>11.1} ms {:>11.1} ms",
            format!("{}{again}", step.name),
            (step.to - step.from).as_secs_f64(),
            longest_in(log, at, waits),
            longest_in(log, at, bystander),
        );
    }
    println!("  the longest waits:");
    for wait in waits.longest_first().take(SHOWN) {
        let step = place(log, wait).map_or("after the last step".to_owned(), |at| {
            let into = wait.due.saturating_duration_since(log[at].from);
            format!("{:.2} s into {}", into.as_secs_f64(), log[at].name)
        });
        println!("    {:>8.1} ms  {}, {step}", milliseconds(wait.took), wait.what);
    }
}

/// In milliseconds.
fn longest_in(log: &[Step], at: usize, waits: &Waits) -> f64 {
    let longest = waits.longest_first().find(|wait| place(log, wait) == Some(at));
    milliseconds(longest.map_or(Duration::ZERO, |wait| wait.took))
}

fn milliseconds(wait: Duration) -> f64 {
    wait.as_secs_f64() * 1e3
}

/// The step in which most of a wait lies.
fn place(log: &[Step], wait: &Wait) -> Option<usize> {
    let within = |at: &usize| wait.within(log[*at].from, log[*at].to);
    (0..log.len()).max_by_key(within).filter(|at| !within(at).is_zero())
}
