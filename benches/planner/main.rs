//! How fast a large schema is read and planned, and how much memory that takes: nothing comes in, figures go out.
//!
//! `cargo bench --bench planner` prints one line `figure NAME VALUE UNIT` per figure at its end; `README.md` in the folder above
//! says what each means. With `-- --no-server` it leaves out what needs a PostgreSQL server.

mod schema;
mod server;
mod stages;

use std::error::Error;
use std::time::Duration;

use stages::{Measured, STAGES};

/// The sizes, in tables, and how often each is timed; a peak of memory is taken from one run alone.
const SMALL: usize = 10_000;
const SMALL_RUNS: usize = 5;
const LARGE: usize = 100_000;
const LARGE_RUNS: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, tables, runs] = &arguments[..]
        && flag == "--size"
    {
        return stages::answer(tables.parse()?, runs.parse()?);
    }
    let mut figures = planning()?;
    if !arguments.iter().any(|argument| argument == "--no-server") {
        figures.insert(0, reading()?);
    }
    for (name, value, unit) in figures {
        println!("figure {name} {value:.3} {unit}");
    }
    Ok(())
}

type Figure = (&'static str, f64, &'static str);

fn reading() -> Result<Figure, Box<dyn Error>> {
    let read = server::read_back(&schema::catalog(SMALL))?;
    Ok(("catalog_vs_pg_dump", read.catalog.as_secs_f64() / read.pg_dump.as_secs_f64(), "ratio"))
}

fn planning() -> Result<Vec<Figure>, Box<dyn Error>> {
    let (small, large) = (stages::measure(SMALL, SMALL_RUNS)?, stages::measure(LARGE, LARGE_RUNS)?);
    for measured in [&small, &large] {
        tell(measured);
    }
    let mebibytes = |tables| stages::measure(tables, 1).map(|measured| measured["peak"] / (1024.0 * 1024.0));
    Ok(vec![
        ("plan_10k", total(&small) * 1e3, "ms"),
        ("plan_growth_10k_to_100k", per_table(&large) / per_table(&small), "ratio"),
        ("peak_memory_10k", mebibytes(SMALL)?, "MiB"),
        ("peak_memory_100k", mebibytes(LARGE)?, "MiB"),
    ])
}

/// Seconds from the catalog to the scripts.
fn total(measured: &Measured) -> f64 {
    STAGES.iter().map(|stage| measured[*stage]).sum()
}

fn per_table(measured: &Measured) -> f64 {
    total(measured) / measured["tables"]
}

fn tell(measured: &Measured) {
    println!(
        "{} tables, {} foreign keys: {:.1} ms, {} bytes rendered",
        measured["tables"],
        measured["foreign_keys"],
        total(measured) * 1e3,
        measured["bytes"]
    );
    for stage in STAGES {
        println!("  {stage:<8} {:>9.1} ms", measured[stage] * 1e3);
    }
}

/// The middle one; there is at least one.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
