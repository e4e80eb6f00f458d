//! One procedure while the application writes: a template and the procedure come in, what the application noticed goes out.

use std::thread;
use std::time::{Duration, Instant};

use shardplan_testkit::Database;

use crate::Failure;
use crate::application::{Done, Signals, WRITERS, Writer};
use crate::data::Template;
use crate::equality;
use crate::statements::Version;
use crate::waits::{Wait, Waits};

/// The application alone: before the first step, until its connections and the server's caches are warm, and after the last.
const BEFORE: Duration = Duration::from_secs(3);
const AFTER: Duration = Duration::from_secs(2);

/// From a column being there to the application that writes it.
const LEISURE: Duration = Duration::from_secs(1);

/// How often a step is repeated that lost a deadlock or got no lock.
const TRIES: usize = 20;

/// So many of the longest waits are printed one by one.
const SHOWN: usize = 5;

/// What a procedure did to the application.
pub struct Outcome {
    pub waits: Waits,
    pub errors: usize,
    /// As the server counts them, also those that a step tried again after by itself.
    pub deadlocks: i64,
    pub took: Duration,
    /// Rows that are not as the application left them, or have no or a wrong key.
    pub wrong_rows: i64,
}

/// One step of a procedure, as the log has it.
struct Step {
    name: String,
    from: Instant,
    to: Instant,
    repeats: usize,
}

/// What a procedure runs its steps with.
pub struct Steps<'s> {
    signals: &'s Signals,
    log: Vec<Step>,
}

impl Steps<'_> {
    /// Runs a step, again if it lost a deadlock or got no lock: what a person would do.
    pub fn step(&mut self, name: &str, mut work: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
        let from = Instant::now();
        let mut repeats = 0;
        let outcome = loop {
            match work() {
                Err(failure) if repeats < TRIES && gives_hope(&failure) => repeats += 1,
                outcome => break outcome,
            }
        };
        self.log.push(Step { name: name.to_owned(), from, to: Instant::now(), repeats });
        outcome.map_err(|failure| format!("{name}: {failure}").into())
    }

    /// The same; a little later the application gets its new version, and the step ends after that.
    pub fn step_with_deployment(
        &mut self,
        name: &str,
        version: Version,
        work: impl FnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let signals = self.signals;
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(LEISURE);
                signals.deploy(version);
            });
            self.step(name, work)
        })
    }

    /// The application gets its new version.
    pub fn deploy(&self, version: Version) {
        self.signals.deploy(version);
    }
}

fn gives_hope(failure: &Failure) -> bool {
    let text = failure.to_string();
    ["deadlock detected", "lock timeout", "no lock for"].iter().any(|known| text.contains(known))
}

/// A way to go about it.
type Procedure = fn(&Database<'_>, &mut Steps<'_>) -> Result<(), Failure>;

/// Runs a procedure on a copy of the template, with the application at work.
pub fn under_load(template: &Template<'_>, name: &str, procedure: Procedure) -> Result<Outcome, Failure> {
    let database = template.copy(name)?;
    let signals = Signals::default();
    let mut writers = Vec::new();
    for place in 0..WRITERS {
        writers.push(Writer::new(place, template.sizes, database.connect()?));
    }
    let mut steps = Steps { signals: &signals, log: Vec::new() };
    let start = Instant::now();
    let (result, done) = thread::scope(|scope| {
        let threads: Vec<_> = writers.into_iter().map(|writer| scope.spawn(|| writer.run(start, &signals))).collect();
        thread::sleep(BEFORE);
        let result = procedure(&database, &mut steps);
        thread::sleep(AFTER);
        signals.stop();
        (result, threads.into_iter().map(|thread| thread.join().map_err(|_| "a writer panicked")).collect::<Vec<_>>())
    });
    result?;
    let mut all = Done::default();
    for done in done {
        all.add(done??);
    }
    let outcome = outcome(template, &database, &steps.log, all)?;
    template.discard(&database)?;
    Ok(outcome)
}

fn outcome(template: &Template<'_>, database: &Database<'_>, log: &[Step], done: Done) -> Result<Outcome, Failure> {
    let (Some(first), Some(last)) = (log.first(), log.last()) else { return Err("no step was run".into()) };
    let wrong = equality::differences(template.sizes, database, &done)?;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks = database.connect()?.query_one(deadlocks, &[])?.get(0);
    let waits = done.waits.into_iter().filter(|wait| wait.due >= first.from).collect();
    let (waits, took) = (Waits::new(waits), last.to - first.from);
    println!("\n{}: {:.1} s, {} statements, {deadlocks} deadlocks", database.name(), took.as_secs_f64(), waits.count());
    tell(log, &waits);
    for (message, count) in &done.errors {
        println!("  {count} times the application saw: {message}");
    }
    for (what, count) in &wrong {
        println!("  {count} rows: {what}");
    }
    let wrong_rows = wrong.iter().map(|(_, count)| count).sum();
    Ok(Outcome { waits, errors: done.errors.values().sum(), deadlocks, took, wrong_rows })
}

/// How long the application waited in each step, and the longest waits of all.
fn tell(log: &[Step], waits: &Waits) {
    println!("  {:<52} {:>9} {:>14}", "step", "seconds", "longest wait");
    for (at, step) in log.iter().enumerate() {
        let longest = waits.longest_first().find(|wait| place(log, wait) == Some(at));
        let longest = longest.map_or(Duration::ZERO, |wait| wait.took);
        let again = if step.repeats > 0 { format!(" (run {} times)", step.repeats + 1) } else { String::new() };
        println!(
            "  {:<52} {:>9.2} {:>11.1} ms",
            format!("{}{again}", step.name),
            (step.to - step.from).as_secs_f64(),
            longest.as_secs_f64() * 1e3
        );
    }
    println!("  the longest waits:");
    for wait in waits.longest_first().take(SHOWN) {
        let step = place(log, wait).map_or("after the last step".to_owned(), |at| {
            let into = wait.due.saturating_duration_since(log[at].from);
            format!("{:.2} s into {}", into.as_secs_f64(), log[at].name)
        });
        println!("    {:>8.1} ms  {:?}, {step}", wait.took.as_secs_f64() * 1e3, wait.kind);
    }
}

/// The step in which most of a wait lies.
fn place(log: &[Step], wait: &Wait) -> Option<usize> {
    let within = |at: &usize| wait.within(log[*at].from, log[*at].to);
    (0..log.len()).max_by_key(within).filter(|at| !within(at).is_zero())
}
