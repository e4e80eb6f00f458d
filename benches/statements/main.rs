//! How fast many statements are judged, and how much memory that takes: nothing comes in, figures go out.
//!
//! `cargo bench -p shardplan-workload --bench statements` prints one line `figure NAME VALUE UNIT` per figure at its end; `README.md`
//! in the folder above says what each means.

#![allow(clippy::print_stdout, reason = "figures are printed")]

use std::error::Error;
use std::time::{Duration, Instant};

use shardplan::{Catalog, Classification, CopyRate, Plan, Rules, SchemaGraph, split_statements};
use shardplan_workload::{Audit, Bodies, Source, Statement, Verdict, refused_meanwhile};

/// How many distinct statements.
const STATEMENTS: usize = 100_000;

const SCHEMA: &str = include_str!("../../crates/shardplan-workload/tests/workload/shop.sql");
/// Statements of every kind, of which the many are made.
const PATTERNS: &str = include_str!("../../crates/shardplan-workload/tests/workload/cases.sql");

fn main() -> Result<(), Box<dyn Error>> {
    let catalog = Catalog::from_ddl(SCHEMA).catalog;
    let graph = SchemaGraph::new(catalog.clone())?;
    let plan = Plan::new(&Classification::new(&graph, &Rules::new("stores.store_id".parse()?))?);
    let statements = statements();
    let before = peak();

    let start = Instant::now();
    let audit = Audit::new(&plan, &catalog, &statements, &Bodies::default());
    let judged = start.elapsed();
    let start = Instant::now();
    let meanwhile = refused_meanwhile(&plan, &catalog, CopyRate::default(), &statements);
    let tried = start.elapsed();

    for verdict in Verdict::ALL {
        println!("{verdict}: {} statements", audit.tally(verdict).statements);
    }
    println!("{} are refused while the plan runs", meanwhile.len());
    println!("figure judged_100k {:.3} s", judged.as_secs_f64());
    println!("figure meanwhile_100k {:.3} s", tried.as_secs_f64());
    println!("figure judged_memory_100k {:.1} MiB", (peak() - before) / 1024.0);
    Ok(())
}

/// Statements of which no two are the same: each pattern with other numbers, columns and comments.
fn statements() -> Vec<Statement> {
    let patterns: Vec<&str> = split_statements(PATTERNS).map(|(_, text)| text).collect();
    let text = |number: usize| {
        let pattern = patterns[number % patterns.len()];
        format!("/* application='shop',line={number} */ {}", pattern.replace("= 7", &format!("= {number}")))
    };
    let statement = |number| Statement {
        text: text(number).into(),
        calls: 1 + number as u64 % 1_000,
        time: Duration::from_millis(number as u64 % 100),
        source: Source::Statistics,
    };
    (0..STATEMENTS).map(statement).collect()
}

/// The most memory that the process has had, in KiB; 0 where nobody says.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}
