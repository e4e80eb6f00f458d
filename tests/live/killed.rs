//! Connections that are killed: after the statements of every script, there and back, and in the middle of the backfill. Run
//! again from its beginning, a script ends as if nothing had happened.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use shardplan::{Catalog, Plan};
use shardplan_testkit::{psql, shared};

use crate::cases::{Case, check_each};
use crate::preparation::without_helpers;
use crate::run::{BACK, PREPARATION, before, beginnings, run, script};
use crate::{keys, read, report, rows};

/// Cycles, self-references, composite keys and what else has steps of its own.
const FIXTURES: [&str; 12] = [
    "wide_world_importers",
    "already_composite",
    "composite_key",
    "cycle_of_three",
    "cycle_of_two",
    "deferrable_keys",
    "equal_keys (unblocked)",
    "natural_unique",
    "parallel_keys",
    "partitioned_keys",
    "self_reference (unblocked)",
    "two_paths",
];

/// Without `SHARDPLAN_CASES`, one of so many statements of a fixture, and of Tailspin.
const STRIDE: usize = 16;
const TAILSPIN_STRIDE: usize = 3;

const KILL: &str = "SELECT pg_terminate_backend(pg_backend_pid());\n";

#[test]
fn tailspin_survives_a_killed_connection_after_each_statement() {
    report(&kill_after_each(&Case::named("tailspin"), stride(TAILSPIN_STRIDE)));
}

#[test]
fn fixtures_survive_killed_connections() {
    report(&check_each(FIXTURES.map(Case::named).to_vec(), |case| kill_after_each(case, stride(STRIDE))));
}

fn stride(few: usize) -> usize {
    if std::env::var_os("SHARDPLAN_CASES").is_some() { 1 } else { few }
}

/// What a database holds: its schema with all helpers, and all rows of the application.
type State = (Catalog, rows::Rows);

fn state(url: &str) -> State {
    let catalog = read(url).structure();
    let rows = rows::fingerprints(url, &without_helpers(catalog.clone()));
    (catalog, rows)
}

fn kill_after_each(case: &Case, stride: usize) -> Vec<String> {
    let database = shared().fresh_database();
    case.load_few(&database.url());
    let plan = case.plan(read(&database.url()));
    if plan.is_blocked() {
        return vec!["the plan is blocked, so nothing is tried".to_owned()];
    }
    let mut problems = Vec::new();
    let mut start = database.name().to_owned();
    for path in PREPARATION[1..].iter().chain(&BACK) {
        let end = copy(&start);
        let url = shared().url(&end);
        if let Err(failure) = run(&url, &plan, &[path]) {
            return vec![failure];
        }
        let expected = state(&url);
        let cuts = beginnings(&script(&plan, path));
        for (at, beginning) in cuts.iter().enumerate().filter(|(at, _)| at % stride == path.len() % stride) {
            let found = killed(&plan, path, &start, beginning, &expected);
            problems.extend(found.err().map(|problem| format!("{path} after statement {}: {problem}", at + 1)));
        }
        start = end;
    }
    problems
}

fn killed(plan: &Plan, path: &str, start: &str, beginning: &str, expected: &State) -> Result<(), String> {
    let name = copy(start);
    let url = shared().url(&name);
    let found = killed_there(plan, path, &url, beginning, expected);
    // Thousands of them would fill the disk.
    shared().database(&name).discard();
    found
}

fn killed_there(plan: &Plan, path: &str, url: &str, beginning: &str, expected: &State) -> Result<(), String> {
    match psql(url, &format!("{beginning}{KILL}")) {
        Ok(_) => return Err("the connection was not killed".to_owned()),
        Err(failure) if !failure.to_string().contains("terminating connection") => return Err(failure.to_string()),
        Err(_) => {}
    }
    run(url, plan, &[path])?;
    let found = state(url);
    let mut problems = crate::diff::differences(&expected.0, &found.0);
    problems.extend(rows::differences(&expected.1, &found.1));
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

/// A copy of a database that nobody is connected to.
fn copy(of: &str) -> String {
    let name = shared().fresh_name();
    shared().database("postgres").execute(&format!("CREATE DATABASE {name} TEMPLATE {of}")).unwrap();
    name
}

#[test]
fn a_backfill_that_is_killed_again_and_again_ends_as_one_that_is_not() {
    let case = Case::named("tailspin");
    let (database, undisturbed) = (case.database(), case.database());
    let plan = case.plan(read(&database.url()));
    run(&undisturbed.url(), &plan, before("30_unique_indexes.sql")).unwrap();
    run(&database.url(), &plan, before("20_backfill.sql")).unwrap();
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND query LIKE 'CALL shardplan.run_backfill%' AND state = 'active'";
    let mut killed = 0;
    for delay in (0..12).map(|at| Duration::from_millis(5 + 17 * at)) {
        let ended = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // It fails when it is killed.
                let _ = run(&database.url(), &plan, &["20_backfill.sql"]);
                ended.store(true, Ordering::Relaxed);
            });
            let mut client = database.connect().unwrap();
            while !ended.load(Ordering::Relaxed) {
                thread::sleep(delay);
                killed += client.query_one(kill, &[]).unwrap().get::<_, i64>(0);
                if killed > 40 {
                    break;
                }
            }
        });
    }
    assert!(killed > 2, "it was killed {killed} times only");
    // Two at a time: one of them has nothing to do.
    database.execute("UPDATE shardplan.backfill SET next_key = NULL, finished_at = NULL").unwrap();
    database
        .execute(
            "SET session_replication_role = replica; UPDATE line_items SET store_id = NULL WHERE line_item_id % 2 = 0",
        )
        .unwrap();
    thread::scope(|scope| {
        let one = scope.spawn(|| psql(&database.url(), "CALL shardplan.run_backfill()"));
        let other = psql(&database.url(), "CALL shardplan.run_backfill()");
        other.unwrap();
        one.join().unwrap().unwrap();
    });
    report(&keys::problems(&database.url(), &plan));
    let all = without_helpers(read(&database.url()));
    let (found, expected) = (rows::fingerprints(&database.url(), &all), rows::fingerprints(&undisturbed.url(), &all));
    report(&rows::differences(&expected, &found));
}
