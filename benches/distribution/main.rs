//! What the move of Tailspin to a real cluster costs an application that goes on writing, by the documented mix and by each
//! strategy: a cluster comes in (`SHARDPLAN_CITUS_URL`), figures go out.
//!
//! `cargo bench --bench distribution` prints one line `figure NAME VALUE UNIT` per figure at its end; `README.md` in the folder above
//! says what each means. `-- --scale S` sets the size: at 1 it is that of the documents. It drops what is in the database.

#[path = "../preparation/application.rs"]
mod application;
#[path = "../preparation/data.rs"]
#[allow(dead_code, reason = "the cluster is no server of the bench's own")]
mod data;
#[path = "../../examples/support/documented.rs"]
mod documented;
#[path = "../preparation/equality.rs"]
mod equality;
mod intruder;
#[path = "../preparation/random.rs"]
mod random;
#[path = "../preparation/report.rs"]
mod report;
#[path = "../preparation/statements.rs"]
mod statements;
#[path = "../preparation/steps.rs"]
#[allow(dead_code, reason = "the application gets its versions between the scripts")]
mod steps;
#[path = "../preparation/waits.rs"]
mod waits;
mod ways;

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use application::{Done, Signals, WRITERS, Writer};
use data::Sizes;
use intruder::LetIn;
use steps::Steps;
use waits::Waits;
use ways::Way;

/// A tenth of the documents' volumes.
const SCALE: f64 = 0.1;

/// The application alone, before the first step and after the last.
const ALONE: Duration = Duration::from_secs(3);

/// All rows in one place, under the same names: Citus joins over other columns than the distribution column only there.
const GATHERED: &str = "
    CREATE TEMP TABLE stores AS TABLE public.stores;
    CREATE TEMP TABLE products AS TABLE public.products;
    CREATE TEMP TABLE orders AS TABLE public.orders;
    CREATE TEMP TABLE line_items AS TABLE public.line_items;
    ANALYZE stores, products, orders, line_items";

type Failure = Box<dyn Error + Send + Sync>;

/// What a way did to the application.
struct Outcome {
    waits: Waits,
    errors: usize,
    took: Duration,
    wrong_rows: i64,
    let_in: LetIn,
}

fn main() -> Result<(), Failure> {
    let (sizes, chosen) = arguments()?;
    let url = std::env::var("SHARDPLAN_CITUS_URL").map_err(|_| "SHARDPLAN_CITUS_URL names a coordinator's database")?;
    let mut figures = Vec::new();
    for way in Way::ALL.into_iter().filter(|way| chosen.as_ref().is_none_or(|name| way.to_string() == *name)) {
        let outcome = under_load(&url, sizes, way)?;
        figures.extend([
            (format!("distribution_write_wait_{way}"), outcome.waits.longest().as_secs_f64() * 1e3, "ms"),
            (format!("distribution_write_wait_{way}_p999"), outcome.waits.quantile(0.999).as_secs_f64() * 1e3, "ms"),
            (format!("distribution_violations_{way}"), outcome.let_in.count as f64, "rows"),
            (format!("distribution_unenforced_{way}"), outcome.let_in.span().as_secs_f64(), "s"),
            (format!("distribution_errors_{way}"), outcome.errors as f64, "errors"),
            (format!("distribution_wrong_rows_{way}"), outcome.wrong_rows as f64, "rows"),
            (format!("distribution_total_{way}"), outcome.took.as_secs_f64(), "s"),
        ]);
    }
    for (name, value, unit) in figures {
        println!("figure {name} {value:.3} {unit}");
    }
    Ok(())
}

/// The sizes by `--scale`, and the one way that `--way` names. Cargo adds `--bench` of its own.
fn arguments() -> Result<(Sizes, Option<String>), Failure> {
    let (mut scale, mut way) = (SCALE, None);
    let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(flag) = given.next() {
        match (flag.as_str(), given.next()) {
            ("--scale", Some(value)) => scale = value.parse()?,
            ("--way", Some(value)) => way = Some(value),
            _ => return Err("usage: cargo bench --bench distribution [-- --scale S] [--way NAME]".into()),
        }
    }
    Ok((Sizes::of_scale(scale), way))
}

/// The whole way from the first script to the last, with the application at work and somebody who tries to break foreign keys.
fn under_load(url: &str, sizes: Sizes, way: Way) -> Result<Outcome, Failure> {
    ways::load(url, sizes)?;
    let mut writers = Vec::new();
    for place in 0..WRITERS {
        writers.push(Writer::new(place, sizes, shardplan::connect(url)?));
    }
    let signals = Signals::default();
    let mut steps = Steps::new(&signals);
    let intruder = shardplan::connect(url)?;
    let start = Instant::now();
    let (result, done, let_in) = thread::scope(|scope| {
        let threads: Vec<_> = writers.into_iter().map(|writer| scope.spawn(|| writer.run(start, &signals))).collect();
        let intruder = scope.spawn(|| intruder::run(intruder, &signals));
        thread::sleep(ALONE);
        let result = ways::go(url, way, &mut steps);
        thread::sleep(ALONE);
        signals.stop();
        let done: Vec<_> = threads.into_iter().map(thread::ScopedJoinHandle::join).collect();
        (result, done, intruder.join())
    });
    result?;
    let mut all = Done::default();
    for done in done {
        all.add(done.map_err(|_| "a writer panicked")??);
    }
    outcome(url, sizes, way, (&steps, all, let_in.map_err(|_| "the intruder panicked")?))
}

fn outcome(
    url: &str,
    sizes: Sizes,
    way: Way,
    (steps, done, let_in): (&Steps<'_>, Done, LetIn),
) -> Result<Outcome, Failure> {
    let (Some(first), Some(last)) = (steps.log().first(), steps.log().last()) else {
        return Err("no step was run".into());
    };
    let mut client = shardplan::connect(url)?;
    client.batch_execute(GATHERED)?;
    let wrong = equality::differences(sizes, &mut client, &done)?;
    let waits = Waits::since(first.from, done.waits);
    let took = last.to - first.from;
    println!("\n{way}: {:.1} s, {} statements, {} violations let in", took.as_secs_f64(), waits.count(), let_in.count);
    report::print(steps.log(), &waits, &Waits::since(first.from, Vec::new()));
    for (message, count) in &done.errors {
        println!("  {count} times the application saw: {message}");
    }
    for (what, count) in &wrong {
        println!("  {count} rows: {what}");
    }
    let wrong_rows = wrong.iter().map(|(_, count)| count).sum();
    Ok(Outcome { waits, errors: done.errors.values().sum(), took, wrong_rows, let_in })
}
