//! Random schemas with random rows, prepared on a live PostgreSQL and taken back. `SHARDPLAN_CASES` says how many.
//!
//! No step may be refused, except where a gate asks for a decision: then one is carried out, and the scripts start again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Mutex;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use shardplan::postgres::{Client, SimpleQueryMessage};
use shardplan::{Catalog, DistributionKey, Name, PhaseKind, Placement, Plan, Table};
use shardplan_sql::Script;
use shardplan_testkit::{Database, psql, shared};

use crate::preparation::without_helpers;
use crate::random::catalogs::{Sample, samples};
use crate::random::ddl;
use crate::random::open::open_plan;
use crate::random::rows::{Mix, inserts, mixes, refused};
use crate::run::{BACK, PREPARATION};
use crate::{diff, enforced, keys, read, rows};

/// So many cases are tried in each of the tests below, which run side by side.
const CASES: u32 = 100;

/// After so many decisions all must be decided.
const DECISIONS: usize = 12;

#[test]
fn random_schemas_are_prepared() {
    search(3);
}

#[test]
fn more_random_schemas_are_prepared() {
    search(4);
}

/// A schema with its rows.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) catalog: Catalog,
    pub(crate) key: DistributionKey,
    pub(crate) mix: Mix,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-- {:?}\n-- Key: {}\n{}", self.mix, self.key, self.sql())
    }
}

impl Case {
    pub(crate) fn sql(&self) -> String {
        let schemas: BTreeSet<&Name> = self.catalog.tables.iter().map(|table| &table.name.schema).collect();
        let schemas = schemas.into_iter().filter(|schema| **schema != *"public");
        let schemas: String = schemas.map(|schema| format!("CREATE SCHEMA {schema};\n")).collect();
        let rows = inserts(&self.catalog, &self.key, &self.mix);
        format!("{schemas}{}{rows}{}", ddl::tables(&self.catalog), ddl::foreign_keys(&self.catalog))
    }
}

pub(crate) fn cases() -> impl Strategy<Value = Case> {
    (samples(), mixes(), prop::bool::weighted(0.8)).prop_map(|(Sample { catalog, key }, mix, telling)| {
        let key = if telling { telling_key(&catalog).unwrap_or(key) } else { key };
        Case { catalog, key, mix }
    })
}

/// The key for which the most tables need a backfill.
fn telling_key(catalog: &Catalog) -> Option<DistributionKey> {
    let roots = catalog.tables.iter().filter(|table| table.partition_of.is_none());
    let keys = roots.flat_map(|table| {
        let columns = table.primary_key.iter().flat_map(|key| &key.columns);
        columns.map(|column| DistributionKey { table: table.name.clone(), column: column.clone() })
    });
    keys.max_by_key(|key| filled(&open_plan(catalog, key).1).count())
}

/// The tables that get their key from others.
fn filled(plan: &Plan) -> impl Iterator<Item = &shardplan::PlannedTable> {
    plan.tables.iter().filter(|table| matches!(table.placement, Placement::Distributed { backfill: Some(_), .. }))
}

/// What the cases had, so that a generator that makes nothing of interest is noticed.
type Seen = BTreeMap<&'static str, usize>;

fn search(seed: u64) {
    let wanted: Option<u32> = std::env::var("SHARDPLAN_CASES").ok().and_then(|text| text.parse().ok());
    let rng_seed = if wanted.is_some() { RngSeed::Random } else { RngSeed::Fixed(seed) };
    let cases_wanted = wanted.unwrap_or(CASES);
    let config =
        Config { cases: cases_wanted, failure_persistence: None, max_shrink_iters: 200, rng_seed, ..Config::default() };
    let seen = Mutex::new(Seen::new());
    let outcome = TestRunner::new(config).run(&cases(), |case| {
        let problems = prepare(&case, &seen);
        if problems.is_empty() { Ok(()) } else { Err(TestCaseError::fail(problems.join("\n"))) }
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, case)) => panic!("{why}\n{case:?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
    let seen = seen.into_inner().unwrap();
    let least = cases_wanted as usize / 20;
    for what in ["filled rows", "several waves", "decided", "consistent", "no decision"] {
        assert!(seen.get(what).copied().unwrap_or_default() >= least, "too little {what}: {seen:?}");
    }
}

/// The whole way there and back.
fn prepare(case: &Case, seen: &Mutex<Seen>) -> Vec<String> {
    let database = shared().fresh_database();
    let run = Run::new(case, &database);
    let problems = match run {
        Ok(run) => run.there_and_back(seen).unwrap_or_else(|failure| vec![failure]),
        Err(failure) => vec![failure],
    };
    shared().database("postgres").execute(&format!("DROP DATABASE {} WITH (FORCE)", database.name())).unwrap();
    problems
}

/// A plan that is carried out in a database.
struct Run<'r> {
    case: &'r Case,
    url: String,
    original: Catalog,
    plan: Plan,
    scripts: Vec<Script>,
}

impl<'r> Run<'r> {
    fn new(case: &'r Case, database: &Database<'_>) -> Result<Self, String> {
        let url = database.url();
        psql(&url, &case.sql()).map_err(|failure| format!("the rows cannot be loaded: {failure}"))?;
        let original = read(&url);
        let (_, plan) = open_plan(&original, &case.key);
        let mut scripts = shardplan_sql::render(&plan);
        for script in &mut scripts {
            // Several batches per table, small as they are.
            let settings = "INSERT INTO shardplan.settings DEFAULT VALUES";
            script.text = script.text.replace(settings, "INSERT INTO shardplan.settings (batch_rows) VALUES (5)");
        }
        // Nobody waits a day here, and the counter says until when its hour lasts.
        let url = format!("{url}?options=-c%20shardplan.quiet%3D-1h");
        Ok(Self { case, url, original, plan, scripts })
    }

    fn there_and_back(&self, seen: &Mutex<Seen>) -> Result<Vec<String>, String> {
        let mut problems = Vec::new();
        let mut note =
            |when: &str, found: Vec<String>| problems.extend(found.into_iter().map(|it| format!("{when}: {it}")));
        note("promised", self.unreported());
        let (before, decided) = self.prepare()?;
        let promised = self.plan.prepared(self.original.clone()).structure();
        let prepared = without_helpers(read(&self.url));
        note("prepared", diff::differences(&promised, &prepared));
        note("prepared", rows::differences(&before, &rows::fingerprints(&self.url, &self.original)));
        note("prepared", keys::problems(&self.url, &self.plan));
        note("prepared", enforced::problems(&self.url, &self.plan, &prepared));
        self.look(seen, decided);
        for path in BACK {
            self.script(path)?;
        }
        let back = read(&self.url).structure();
        note("taken back", diff::differences(&plain(self.original.clone().structure()), &plain(back)));
        note("taken back", rows::differences(&before, &rows::fingerprints(&self.url, &self.original)));
        Ok(problems)
    }

    /// The foreign keys that are gone without a finding.
    fn unreported(&self) -> Vec<String> {
        let gone = self.plan.foreign_keys.iter().filter(|verdict| verdict.after().is_none());
        let silent = gone.map(|verdict| &verdict.foreign_key).filter(|key| {
            let about = |finding: &&shardplan::Finding| {
                finding.table.as_ref() == Some(&key.from) && finding.object.as_ref() == Some(&key.name)
            };
            !self.plan.findings.iter().any(|finding| about(&finding))
        });
        silent.map(|key| format!("{} of {} goes without a finding", key.name, key.from)).collect()
    }

    /// Runs the scripts, decides where they ask for it, and says what the rows were after that.
    fn prepare(&self) -> Result<(rows::Rows, usize), String> {
        let mut before = rows::fingerprints(&self.url, &self.original);
        for decided in 0..=DECISIONS {
            let outcome = PREPARATION.iter().try_for_each(|path| self.script(path));
            let now = rows::fingerprints(&self.url, &self.original);
            let changed = rows::differences(&before, &now);
            let Err(failure) = outcome else { return Ok((before, decided)) };
            if !changed.is_empty() {
                return Err(format!("{}\n{failure}", changed.join("\n")));
            }
            self.decide(&failure, decided)?;
            before = rows::fingerprints(&self.url, &self.original);
        }
        Err("no end of decisions".to_owned())
    }

    fn script(&self, path: &str) -> Result<(), String> {
        let Some(script) = self.scripts.iter().find(|script| script.path == path) else { return Ok(()) };
        psql(&self.url, &script.text).map(|_| ()).map_err(|failure| format!("{path}: {failure}"))
    }

    /// What a person does about rows that a gate stops at.
    fn decide(&self, failure: &str, round: usize) -> Result<(), String> {
        let is = |path: &str, words: &str| failure.starts_with(path) && failure.contains(words);
        let unassigned = is("30_unique_indexes.sql", "has rows without");
        if !unassigned && !is("40_keys.sql", "has rows that belong to another tenant than what they reference") {
            return Err(failure.to_owned());
        }
        let mut client = shardplan::connect(&self.url).unwrap();
        let mut any = false;
        for (target, kind) in undecided(&mut client) {
            any |= (kind == "unassigned") == unassigned;
            if kind == "unassigned" {
                self.give_key(&mut client, &target, round)?;
            } else {
                let delete = format!("CALL shardplan.delete_undecided({}, {})", quoted(&target), quoted(&kind));
                self.remove(&mut client, &delete)?;
            }
        }
        if any { Ok(()) } else { Err(format!("nothing is undecided, but {failure}")) }
    }

    /// Rows without a key get one or go, as far as the keys let them.
    fn give_key(&self, client: &mut Client, target: &str, round: usize) -> Result<(), String> {
        let delete = format!("CALL shardplan.delete_undecided({}, 'unassigned')", quoted(target));
        let (column, table) = (&self.case.key.column, self.case.key.table.qualified());
        let query = format!("SELECT {column}::text FROM {table} ORDER BY 1 LIMIT 1");
        // Without a tenant no row can stay.
        let Some(key) = client.query_opt(&query, &[]).unwrap() else { return self.remove(client, &delete) };
        let assign = format!("CALL shardplan.assign_undecided({}, {})", quoted(target), quoted(key.get(0)));
        let preferred = if (self.case.mix.seed() / 2 + round as u64).is_multiple_of(2) { &assign } else { &delete };
        client.batch_execute(preferred).or_else(|_| self.remove(client, &delete))
    }

    /// Rows that others reference go with them.
    fn remove(&self, client: &mut Client, delete: &str) -> Result<(), String> {
        if client.batch_execute(delete).is_ok() {
            return Ok(());
        }
        let keys = read(&self.url).foreign_keys;
        let referencing: Vec<String> = keys.iter().filter(|key| key.validated).map(refused).collect();
        let mut run = |sql: &str| client.batch_execute(sql).map_err(|error| format!("{sql}: {error:?}"));
        run("SET session_replication_role = replica")?;
        run(delete)?;
        // No chain of references is longer.
        self.original.tables.iter().try_for_each(|_| run(&referencing.join(";\n")))?;
        run("RESET session_replication_role")
    }

    fn look(&self, seen: &Mutex<Seen>, decided: usize) {
        let mut client = shardplan::connect(&self.url).unwrap();
        let has_rows = |table: &shardplan::PlannedTable, client: &mut Client| {
            let query = format!("SELECT EXISTS (SELECT FROM {})", table.name.qualified());
            client.query_one(&query, &[]).unwrap().get::<_, bool>(0)
        };
        let waves = self.plan.phase(PhaseKind::Backfill).steps.iter().flat_map(|step| &step.changes);
        let deep = waves.filter(|change| matches!(change, shardplan::Change::Backfill(it) if it.wave > 0)).count() > 0;
        let mut seen = seen.lock().unwrap();
        let mut see = |what, holds: bool| *seen.entry(what).or_default() += usize::from(holds);
        see("filled rows", filled(&self.plan).any(|table| has_rows(table, &mut client)));
        see("several waves", deep);
        see("decided", decided > 0);
        see("no decision", decided == 0);
        see("consistent", self.case.mix.is_consistent());
    }
}

/// The kinds of rows that wait for a decision.
fn undecided(client: &mut Client) -> Vec<(String, String)> {
    let found = client.simple_query("SELECT DISTINCT target, kind FROM shardplan.undecided ORDER BY 1, 2").unwrap();
    let row = |message: SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some((row.get(0)?.to_owned(), row.get(1)?.to_owned())),
        _ => None,
    };
    found.into_iter().filter_map(row).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Without the names of what a partition has from its table: the server chooses them anew.
fn plain(mut catalog: Catalog) -> Catalog {
    let nameless = |name: &mut Name, attached: &Option<Name>| {
        if let Some(parent) = attached {
            *name = Name::from(format!("of {}", parent.as_str()));
        }
    };
    for Table { primary_key, unique, indexes, .. } in &mut catalog.tables {
        primary_key.iter_mut().chain(unique).for_each(|key| nameless(&mut key.name, &key.attached_to));
        indexes.iter_mut().for_each(|index| nameless(&mut index.name, &index.attached_to));
    }
    catalog.sort();
    catalog
}
