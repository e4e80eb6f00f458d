//! From a catalog in memory to SQL text: a size comes in, the time of each stage and the peak of the memory go out.
//!
//! Every size is measured in a process of its own, the same program again, so that one size does not warm up or fragment the
//! memory of another. It answers in lines of a name and a number.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph};

use crate::median;
use crate::schema;

/// What the process for one size says, by name: stages in seconds, sizes in bytes or pieces.
pub type Measured = BTreeMap<String, f64>;

/// The stages in their order; their sum is what a user waits for.
pub const STAGES: [&str; 4] = ["graph", "classify", "plan", "render"];

/// Runs this program again to measure one size.
pub fn measure(tables: usize, runs: usize) -> Result<Measured, Box<dyn Error>> {
    let output =
        Command::new(std::env::current_exe()?).args(["--size", &tables.to_string(), &runs.to_string()]).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let text = String::from_utf8(output.stdout)?;
    text.lines()
        .map(|line| {
            let (name, value) = line.split_once(' ').ok_or("a line without a number")?;
            Ok((name.to_owned(), value.parse()?))
        })
        .collect()
}

/// The other side of [`measure`].
pub fn answer(tables: usize, runs: usize) -> Result<(), Box<dyn Error>> {
    let catalog = schema::catalog(tables);
    println!("tables {}", catalog.tables.len());
    println!("foreign_keys {}", catalog.foreign_keys.len());
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    let mut bytes = 0;
    // The last run takes the catalog itself, so that a single run has no copy in memory.
    for catalog in std::iter::repeat_n(catalog, runs) {
        bytes = run(catalog, &mut |stage, time| times.entry(stage).or_default().push(time))?;
    }
    for (stage, times) in times {
        println!("{stage} {}", median(times).as_secs_f64());
    }
    println!("bytes {bytes}");
    println!("peak {}", peak_memory()?);
    Ok(())
}

/// One way through all stages; the number of rendered bytes.
fn run(catalog: Catalog, took: &mut dyn FnMut(&'static str, Duration)) -> Result<usize, Box<dyn Error>> {
    let rules = Rules::new(schema::KEY.parse()?);
    let graph = timed("graph", took, || SchemaGraph::new(catalog))?;
    let classification = timed("classify", took, || Classification::new(&graph, &rules))?;
    let plan = timed("plan", took, || Plan::new(&classification));
    if let Some(blocker) = plan.blockers().next() {
        return Err(format!("the plan is blocked, so there is little to render: {}", blocker.message).into());
    }
    let scripts = timed("render", took, || shardplan_sql::render(&plan));
    Ok(black_box(scripts).iter().map(|script| script.text.len()).sum())
}

fn timed<T>(stage: &'static str, took: &mut dyn FnMut(&'static str, Duration), work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    took(stage, start.elapsed());
    result
}

/// The most memory that this process has held at once, in bytes (Linux; proc(5), `VmHWM`).
fn peak_memory() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc/self/status")?;
    let kibibytes: u64 = line.trim().trim_end_matches("kB").trim_end().parse()?;
    Ok(kibibytes * 1024)
}
