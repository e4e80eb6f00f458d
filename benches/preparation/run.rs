//! One procedure while the application writes: a template and the procedure come in, what the application noticed goes out.

use std::thread;
use std::time::{Duration, Instant};

use shardplan_testkit::Database;

use crate::application::{Done, Signals, WRITERS, Writer};
use crate::data::Template;
use crate::steps::Steps;
use crate::waits::{Wait, Waits};
use crate::{Failure, bystander, equality, report};

/// The application alone: before the first step, until its connections and the server's caches are warm, and after the last.
const BEFORE: Duration = Duration::from_secs(3);
const AFTER: Duration = Duration::from_secs(2);

/// What a procedure did to the application.
pub struct Outcome {
    pub waits: Waits,
    /// What the machine itself adds.
    pub bystander: Waits,
    pub errors: usize,
    /// As the server counts them, also those that a step tried again after by itself.
    pub deadlocks: i64,
    pub took: Duration,
    /// Rows that are not as the application left them, or have no or a wrong key.
    pub wrong_rows: i64,
}

/// A way to go about it.
type Procedure = fn(&Database<'_>, &mut Steps<'_>) -> Result<(), Failure>;

/// Runs a procedure on a copy of the template, with the application at work.
pub fn under_load(template: &Template<'_>, name: &str, procedure: Procedure) -> Result<Outcome, Failure> {
    let database = template.copy(name)?;
    let mut writers = Vec::new();
    for place in 0..WRITERS {
        writers.push(Writer::new(place, template.sizes, database.connect()?));
    }
    let signals = Signals::default();
    let mut steps = Steps::new(&signals);
    let other = bystander::connect(template.server)?;
    let start = Instant::now();
    let (result, done, bystander) = thread::scope(|scope| {
        let threads: Vec<_> = writers.into_iter().map(|writer| scope.spawn(|| writer.run(start, &signals))).collect();
        let other = scope.spawn(|| bystander::run(other, start, &signals));
        thread::sleep(BEFORE);
        let result = procedure(&database, &mut steps);
        thread::sleep(AFTER);
        signals.stop();
        let done: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
        (result, done, other.join())
    });
    result?;
    let mut all = Done::default();
    for done in done {
        all.add(done.map_err(|_| "a writer panicked")??);
    }
    let bystander = bystander.map_err(|_| "the bystander panicked")??;
    let outcome = outcome(template, &database, &steps, all, bystander)?;
    template.discard(&database)?;
    Ok(outcome)
}

fn outcome(
    template: &Template<'_>,
    database: &Database<'_>,
    steps: &Steps<'_>,
    done: Done,
    bystander: Vec<Wait>,
) -> Result<Outcome, Failure> {
    let (Some(first), Some(last)) = (steps.log().first(), steps.log().last()) else {
        return Err("no step was run".into());
    };
    let wrong = equality::differences(template.sizes, &mut database.connect()?, &done)?;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    let deadlocks = database.connect()?.query_one(deadlocks, &[])?.get(0);
    let (waits, bystander) = (Waits::since(first.from, done.waits), Waits::since(first.from, bystander));
    let took = last.to - first.from;
    println!("\n{}: {:.1} s, {} statements, {deadlocks} deadlocks", database.name(), took.as_secs_f64(), waits.count());
    report::print(steps.log(), &waits, &bystander);
    for (message, count) in &done.errors {
        println!("  {count} times the application saw: {message}");
    }
    for (what, count) in &wrong {
        println!("  {count} rows: {what}");
    }
    let wrong_rows = wrong.iter().map(|(_, count)| count).sum();
    Ok(Outcome { waits, bystander, errors: done.errors.values().sum(), deadlocks, took, wrong_rows })
}
