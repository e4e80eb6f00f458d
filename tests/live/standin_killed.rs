//! The scripts from the distribution on, on the stand-in, killed after their statements: run again from its beginning, a script ends
//! as if nothing had happened.

use shardplan::{Plan, Strategy};
use shardplan_testkit::{Database, psql, standin};

use crate::cases::{Case, check_each};
use crate::citus::{DISTRIBUTION, KILL};
use crate::preparation::without_helpers;
use crate::run::{PREPARATION, beginnings, run, script};
use crate::{diff, read, report, rows};

/// Reference tables, cycles, local tables and what else has steps of its own.
const FIXTURES: [&str; 5] =
    ["cycle_of_two", "partitioned_keys", "reference_chain", "self_reference (unblocked)", "wide_world_importers"];

/// Without `SHARDPLAN_CASES`, one of so many statements of a fixture, and of Tailspin.
const STRIDE: usize = 16;
const TAILSPIN_STRIDE: usize = 3;

#[test]
fn tailspin_survives_a_killed_distribution() {
    let case = Case::named("tailspin");
    let ways = [Strategy::Combined, Strategy::Atomic, Strategy::Online];
    report(&ways.into_iter().flat_map(|way| kill_after_each(&case, way, stride(TAILSPIN_STRIDE))).collect::<Vec<_>>());
}

#[test]
fn fixtures_survive_a_killed_distribution() {
    report(&check_each(FIXTURES.map(Case::named).to_vec(), |case| {
        let ways = [Strategy::Atomic, Strategy::Online];
        ways.into_iter().flat_map(|way| kill_after_each(case, way, stride(STRIDE))).collect()
    }));
}

fn stride(few: usize) -> usize {
    if std::env::var_os("SHARDPLAN_CASES").is_some() { 1 } else { few }
}

fn kill_after_each(case: &Case, way: Strategy, stride: usize) -> Vec<String> {
    let mut start = standin().fresh_database();
    case.load_few(&start.url());
    let plan = case.plan_by(way, read(&start.url()));
    if let Err(failure) = run(&start.url(), &plan, &PREPARATION) {
        return vec![failure];
    }
    let mut problems = Vec::new();
    for path in DISTRIBUTION {
        let end = standin().copy(start.name());
        if let Err(failure) = run(&end.url(), &plan, &[path]) {
            return vec![failure];
        }
        let cuts = beginnings(&script(&plan, path));
        for (at, beginning) in cuts.iter().enumerate().filter(|(at, _)| at % stride == path.len() % stride) {
            let found = killed(&plan, path, &start, beginning, &end);
            problems.extend(found.err().map(|problem| format!("{path} after statement {}: {problem}", at + 1)));
        }
        std::mem::replace(&mut start, end).discard();
    }
    problems
}

fn killed(plan: &Plan, path: &str, start: &Database<'_>, beginning: &str, end: &Database<'_>) -> Result<(), String> {
    let database = standin().copy(start.name());
    let url = database.url();
    match psql(&url, &format!("{beginning}{KILL}")) {
        Ok(_) => return Err("the connection was not killed".to_owned()),
        Err(failure) if !failure.to_string().contains("terminating connection") => return Err(failure.to_string()),
        Err(_) => {}
    }
    run(&url, plan, &[path])?;
    let [expected, found] = [end.url(), url].map(|url| read(&url).structure());
    let mut problems = diff::differences(&expected, &found);
    let tables = without_helpers(found);
    let [expected, found] =
        [end, &database].map(|database| (placements(database), rows::fingerprints(&database.url(), &tables)));
    if expected.0 != found.0 {
        problems.push(format!("placed as {:?}, not as {:?}", found.0, expected.0));
    }
    problems.extend(rows::differences(&expected.1, &found.1));
    database.discard();
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

/// What each table is to the cluster, and whether its old rows are still there.
fn placements(database: &Database<'_>) -> Vec<String> {
    let query =
        "SELECT concat_ws(' ', logicalrelid, partmethod, partkey, repmodel, relid IS NOT NULL) FROM pg_dist_partition
        LEFT JOIN pg_standin.shell ON relid = logicalrelid ORDER BY logicalrelid::text";
    database.connect().unwrap().query(query, &[]).unwrap().iter().map(|row| row.get(0)).collect()
}
