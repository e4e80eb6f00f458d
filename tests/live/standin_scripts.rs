//! The whole plan on the stand-in for a cluster, from the preflight to the verification and back: every fixture, distributed in each
//! way; and its scripts, killed after their statements and run again.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::{Catalog, Plan, Strategy, Table};
use shardplan_sql::Script;
use shardplan_testkit::{Database, psql, standin};

use crate::cases::{self, Case, check_each};
use crate::citus::{ANALYZE, DISTRIBUTION, colocation, misplaced, sequences, unenforced};
use crate::preparation::without_helpers;
use crate::run::{Outcome, PREPARATION, run, script};
use crate::watched::watched;
use crate::{diff, read, report, rows};

/// How tables are distributed, and whether the server knows that they are small.
const WAYS: [(&str, Strategy, bool); 4] = [
    ("combined, small", Strategy::Combined, true),
    ("combined, large", Strategy::Combined, false),
    ("atomic", Strategy::Atomic, true),
    ("online", Strategy::Online, true),
];

#[test]
fn every_fixture_is_distributed_on_the_stand_in() {
    let one = std::env::var("SHARDPLAN_FIXTURE").ok();
    let chosen =
        cases::all().into_iter().filter(|case| one.as_ref().is_none_or(|one| case.name.starts_with(one.as_str())));
    report(&check_each(chosen.collect(), distribute));
}

/// A fixture with its rows, before anything is done to it.
struct Start {
    database: Database<'static>,
    /// As the server describes it, without and with the sizes of its tables.
    catalogs: [Catalog; 2],
    state: State,
}

/// All rows, and the last number of each sequence.
type State = (rows::Rows, Vec<(String, Option<i64>)>);

fn state(url: &str, catalog: &Catalog) -> State {
    (rows::fingerprints(url, catalog), sequences(url))
}

fn changes(before: &State, after: &State) -> Vec<String> {
    let mut found = rows::differences(&before.0, &after.0);
    if after.1 != before.1 {
        found.push(format!("sequences: before {:?}, after {:?}", before.1, after.1));
    }
    found
}

impl Start {
    /// The plans of all ways, if each is blocked: nobody needs the rows then.
    fn new(case: &Case) -> Result<Self, Vec<Plan>> {
        let database = standin().fresh_database();
        let url = database.url();
        case.load_few(&url);
        let unknown = read(&url);
        let plans: Vec<Plan> = WAYS.iter().map(|(_, strategy, _)| case.plan_by(*strategy, unknown.clone())).collect();
        if plans.iter().all(Plan::is_blocked) {
            database.discard();
            return Err(plans);
        }
        psql(&url, ANALYZE).unwrap();
        let state = state(&url, &unknown);
        Ok(Self { catalogs: [unknown, read(&url)], database, state })
    }

    fn plan(&self, case: &Case, strategy: Strategy, known: bool) -> Plan {
        case.plan_by(strategy, self.catalogs[usize::from(known)].clone())
    }
}

/// Databases in which a plan has been prepared, by the scripts that did it: ways that prepare alike share one.
type Prepared = BTreeMap<String, Database<'static>>;

fn prepare(start: &Start, plan: &Plan, prepared: &mut Prepared) -> Result<Database<'static>, String> {
    let scripts: String = PREPARATION.iter().map(|path| script(plan, path)).collect();
    if let Some(database) = prepared.get(&scripts) {
        return Ok(database.clone());
    }
    let database = standin().copy(start.database.name());
    run(&database.url(), plan, &PREPARATION)?;
    prepared.insert(scripts, database.clone());
    Ok(database)
}

fn distribute(case: &Case) -> Vec<String> {
    let found = each_way(case)
        .into_iter()
        .flat_map(|(name, outcome)| outcome.problems().into_iter().map(move |problem| format!("{name}: {problem}")));
    found.collect()
}

/// What came of each of the ways.
pub(crate) fn each_way(case: &Case) -> Vec<(&'static str, Outcome)> {
    let start = match Start::new(case) {
        Ok(start) => start,
        Err(blocked) => {
            return WAYS.iter().zip(&blocked).map(|((name, ..), plan)| (*name, Outcome::blocked(plan))).collect();
        }
    };
    let (mut prepared, mut tried) = (Prepared::new(), BTreeSet::new());
    let mut outcomes = Vec::new();
    for (name, strategy, known) in WAYS {
        let plan = start.plan(case, strategy, known);
        // Where nothing is to be chosen, two ways have the same scripts.
        let mut is_new = || tried.insert(DISTRIBUTION.map(|path| script(&plan, path)));
        let outcome = if plan.is_blocked() {
            Outcome::blocked(&plan)
        } else if !is_new() {
            Outcome::Same
        } else {
            let found = prepare(&start, &plan, &mut prepared);
            let found = found.and_then(|database| there_and_back(&start, &plan, &database));
            Outcome::Ran(found.unwrap_or_else(|failure| vec![failure]))
        };
        outcomes.push((name, outcome));
    }
    prepared.values().chain([&start.database]).for_each(Database::discard);
    outcomes
}

/// Citus gives a sequence the type of the column that it fills in a table of the cluster (rule `sequence-type`).
fn as_filled(plan: &Plan, mut catalog: Catalog) -> Catalog {
    let is_placed = |table: &&Table| plan.order.iter().any(|placing| placing.table == table.name);
    for sequence in &mut catalog.sequences {
        let draws = |default: &String| default.starts_with("nextval(") && default.contains(sequence.name.name.as_str());
        let mut columns = catalog.tables.iter().filter(is_placed).flat_map(|table| &table.columns);
        if let Some(column) = columns.find(|column| column.default.as_ref().is_some_and(draws)) {
            sequence.data_type = column.data_type.clone();
        }
    }
    catalog
}

fn there_and_back(start: &Start, plan: &Plan, prepared: &Database<'_>) -> Result<Vec<String>, String> {
    let catalog = without_helpers(read(&prepared.url()));
    let database = standin().copy(prepared.name());
    let url = database.url();
    let mut problems = Vec::new();
    let mut note =
        |when: &str, found: Vec<String>| problems.extend(found.into_iter().map(|it| format!("{when}: {it}")));
    let moved = || changes(&start.state, &state(&url, &start.catalogs[0]));
    // Step by step where a search is asked for: for every way of every fixture it takes long.
    if std::env::var_os("SHARDPLAN_CASES").is_some() {
        note("there", watched(&url, plan, start.catalogs[0].clone(), &DISTRIBUTION)?);
    } else {
        run(&url, plan, &DISTRIBUTION)?;
    }
    note("there", moved());
    note("there", diff::differences(&as_filled(plan, catalog.clone()), &without_helpers(read(&url))));
    let mut client = shardplan::connect(&url).unwrap();
    note("there", plan.order.iter().filter_map(|placing| misplaced(&mut client, placing)).collect());
    note("there", colocation(&mut client, plan).into_iter().collect());
    note("there", unenforced(&mut client, plan, &catalog));
    run(&url, plan, &DISTRIBUTION).map_err(|failure| format!("run again: {failure}"))?;
    note("run again", moved());
    note("back", back(&url, plan, &catalog));
    if !holds_rows(&catalog) {
        note("back", moved());
    }
    drop(client);
    database.discard();
    Ok(problems)
}

/// Whether a column has the row type of a table: taking the table out of the cluster drops the column.
fn holds_rows(catalog: &Catalog) -> bool {
    let types: Vec<String> = catalog.tables.iter().map(|table| table.name.qualified().to_string()).collect();
    let columns = catalog.tables.iter().flat_map(|table| &table.columns);
    columns.map(|column| column.data_type.as_str().trim_end_matches("[]")).any(|name| types.iter().any(|of| of == name))
}

/// The functions that a table takes with it when it becomes a plain one again: the scripts want them dropped before.
const DROP_READERS: &str = "
SELECT DISTINCT format('DROP ROUTINE %s', objid::regprocedure)
FROM pg_depend JOIN pg_dist_partition ON refclassid = 'pg_class'::regclass AND refobjid = logicalrelid
    OR refclassid = 'pg_type'::regclass AND refobjid = (SELECT reltype FROM pg_class WHERE oid = logicalrelid)
WHERE classid = 'pg_proc'::regclass AND deptype = 'n' \\gexec
";

/// Takes the distribution back. Citus lets no table with an identity column go, and neither do the others then go back as they were.
fn back(url: &str, plan: &Plan, prepared: &Catalog) -> Vec<String> {
    if prepared.tables.iter().flat_map(|table| &table.columns).any(|column| column.identity.is_some()) {
        return Vec::new();
    }
    if let Err(failure) = psql(url, DROP_READERS) {
        return vec![failure.to_string()];
    }
    let is_one = |script: &&Script| ["undo/5", "undo/6", "undo/7"].iter().any(|first| script.path.starts_with(first));
    for script in shardplan_sql::render(plan).iter().filter(is_one) {
        if let Err(failure) = psql(url, &script.text) {
            return vec![format!("{}: {failure}", script.path)];
        }
    }
    let mut client = shardplan::connect(url).unwrap();
    let left: i64 = client.query_one("SELECT count(*) FROM pg_dist_partition", &[]).unwrap().get(0);
    if left == 0 { Vec::new() } else { vec![format!("{left} tables are still in the cluster")] }
}
