//! Random schemas with random rows on a real cluster, each with one of the strategies by turns, from the preflight to the
//! verification. `SHARDPLAN_CASES` says how many, `SHARDPLAN_WAYS` which ways (`atomic,shadow`): two programs may run at a time
//! when only one of them goes online, for all of an instance share the slots of the concurrent function.

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use shardplan::Strategy::{Atomic, Combined, Online, Shadow};
use shardplan::{Catalog, Plan, Strategy as How};
use shardplan_testkit::psql;

use crate::citus::{ANALYZE, carry_out, clear, cluster};
use crate::random::open::try_open_plan;
use crate::random_schemas::{Case, cases};
use crate::shadow::{Loaded, exchange};
use crate::{read, report};

/// Without `SHARDPLAN_CASES`.
const CASES: u32 = 20;

/// Larger schemas take long, and show no more.
const MOST_TABLES: usize = 8;

/// Taken by turns: to do all of them with every schema takes four times as long.
const WAYS: [(&str, How); 4] = [("atomic", Atomic), ("combined", Combined), ("online", Online), ("shadow", Shadow)];

/// What came of the cases.
#[derive(Default)]
struct Tally {
    /// By strategy: how many were carried out.
    runs: BTreeMap<&'static str, usize>,
    schemas: usize,
    /// Of which the root itself is what no rule unblocks.
    left_out: usize,
    problems: Vec<String>,
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn random_schemas_are_distributed() {
    let cluster = cluster();
    let wanted: Option<u32> = std::env::var("SHARDPLAN_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if wanted.is_some() { RngSeed::Random } else { RngSeed::Fixed(7) };
    let cases_wanted = wanted.unwrap_or(CASES);
    let rejects = 100 * cases_wanted;
    let config = Config {
        cases: cases_wanted,
        rng_seed,
        max_local_rejects: rejects,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    // Rows about which somebody has to decide are for the tests of the preparation.
    let is_fit = |case: &Case| case.mix.is_consistent() && case.catalog.tables.len() <= MOST_TABLES;
    let tally = Mutex::new(Tally::default());
    let outcome = TestRunner::new(config).run(&cases().prop_filter("large, or not consistent", is_fit), |case| {
        // Nothing fails here, for to make a case smaller takes hours.
        try_case(&cluster.url, &case, &mut tally.lock().unwrap());
        Ok(())
    });
    outcome.unwrap();
    let tally = tally.into_inner().unwrap();
    println!("{} random schemas: {:?}, {} left out", tally.schemas, tally.runs, tally.left_out);
    report(&tally.problems);
}

/// By the way whose turn it is, or else by the first after it by which the schema can be distributed.
fn try_case(url: &str, case: &Case, tally: &mut Tally) {
    clear(url);
    psql(url, &case.sql()).unwrap();
    psql(url, ANALYZE).unwrap();
    let original = read(url);
    let wanted = std::env::var("SHARDPLAN_WAYS").ok();
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|ways| ways.split(',').any(|way| way == name));
    let ways: Vec<_> = WAYS.iter().filter(|(name, _)| is_wanted(name)).collect();
    let in_turn = ways.iter().cycle().skip(tally.schemas % ways.len()).take(ways.len());
    let mut open = in_turn.filter_map(|(name, how)| Some((*name, *how, try_open_plan(*how, &original, &case.key)?.1)));
    match open.next() {
        Some((name, how, plan)) => tally.note(name, case, run(url, how, original, plan)),
        None => tally.left_out += 1,
    }
    tally.schemas += 1;
    if tally.schemas.is_multiple_of(10) {
        println!("{} schemas so far: {:?}, {} problems", tally.schemas, tally.runs, tally.problems.len());
    }
}

fn run(url: &str, how: How, original: Catalog, plan: Plan) -> Vec<String> {
    match how {
        Shadow => exchange(&Loaded::on_cluster(url, original, plan)),
        _ => carry_out(url, &plan, &original),
    }
}

impl Tally {
    fn note(&mut self, name: &'static str, case: &Case, problems: Vec<String>) {
        *self.runs.entry(name).or_default() += 1;
        if !problems.is_empty() {
            println!("{name}: {problems:#?}\n{case:?}");
        }
        self.problems.extend(problems.into_iter().map(|problem| format!("{name}: {problem}")));
    }
}
