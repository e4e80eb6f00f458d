//! Plans carried out: the rendered scripts run on real servers with data in the tables, and what they leave behind is compared
//! with what the plan promised. All in one binary, so that its tests share one server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod actions;
mod bounds;
mod busy;
mod cases;
mod choices;
mod citus;
mod cron;
mod decisions;
mod diff;
mod enforced;
mod equal_keys;
mod failed;
mod fill;
mod foreseen;
mod given;
mod interruption;
mod kept;
mod keys;
mod killed;
mod locks;
mod preflight;
mod preparation;
mod probes;
#[path = "../random/mod.rs"]
mod random;
mod random_citus;
mod random_schemas;
mod refused;
mod rows;
mod run;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod shadow;
mod shop;
mod standin;
mod standin_killed;
mod standin_scripts;
mod triggers;
mod unify;
mod values;
mod versions;
mod watched;
mod writers;

use shardplan::Catalog;

/// Reads a database as the superuser.
fn read(url: &str) -> Catalog {
    Catalog::from_database(&mut shardplan::connect(url).unwrap()).unwrap()
}

/// The most problems that a failure prints.
const SHOWN: usize = 20;

/// Fails with the first problems, if there are any.
fn report(problems: &[String]) {
    let shown = problems.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n");
    assert!(problems.is_empty(), "{} problems, the first:\n{shown}", problems.len());
}
