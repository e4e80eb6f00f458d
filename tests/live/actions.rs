//! The functions of `actions.sql` against the actions that they stand for: the same delete or change of a key, in a database as it
//! was and in one that is prepared, leaves the same rows.

use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph, Strategy};
use shardplan_testkit::psql;

use crate::cases::{self, Case, check_each};
use crate::run::{PREPARATION, run, script};
use crate::{read, report, rows};

/// What the application did, and what it calls instead.
const CHANGES: &[(&str, &str)] = &[
    ("DELETE FROM people WHERE person_id = 2", "delete_people(1, 2)"),
    ("DELETE FROM people WHERE person_id = 6", "delete_people(1, 6)"),
    ("DELETE FROM tasks WHERE task_id = 10", "delete_tasks(1, 10)"),
    ("DELETE FROM projects WHERE project_id = 8", "delete_projects(1, 8)"),
    ("UPDATE people SET handle = 'it''s $1' WHERE person_id = 4", "rekey_people(1, 'handle4', 'it''s $1')"),
    ("UPDATE tasks SET task_id = 1000 WHERE task_id = 12", "rekey_tasks(1, 12, 1000)"),
    // A row that is not there.
    ("DELETE FROM people WHERE person_id = 99", "delete_people(1, 99)"),
];

/// With the key alone, so that no action is chosen otherwise.
fn plan(rules: Rules, catalog: Catalog) -> Plan {
    let graph = SchemaGraph::new(catalog).unwrap();
    let rules = Rules { strategy: Some(Strategy::Combined), ..rules };
    Plan::new(&Classification::new(&graph, &rules).unwrap())
}

#[test]
fn functions_do_what_the_actions_did() {
    let case = Case::named("set_null_and_cascade");
    let (before, after) = (case.database(), case.database());
    let (before, after) = (before.url(), after.url());
    // A reviewer cannot be deleted at all, before or after.
    for url in [&before, &after] {
        psql(url, "UPDATE tasks SET reviewer_id = NULL").unwrap();
    }
    let original = read(&after);
    let plan = plan(Rules::new(case.rules().key), original.clone());
    run(&after, &plan, &PREPARATION).unwrap();
    run(&after, &plan, &["actions.sql"]).unwrap();
    let mut problems = Vec::new();
    for (statement, call) in CHANGES {
        psql(&before, statement).unwrap();
        let called = psql(&after, &format!("SELECT shardplan_actions.{call}"));
        problems.extend(called.err().map(|failure| format!("{call}: {failure}")));
        let (expected, found) = (rows::fingerprints(&before, &original), rows::fingerprints(&after, &original));
        problems.extend(rows::differences(&expected, &found).into_iter().map(|it| format!("{call}: {it}")));
    }
    // Another tenant's row is not reached.
    psql(&after, "SELECT shardplan_actions.delete_people(2, 4)").unwrap();
    problems.extend(rows::differences(&rows::fingerprints(&before, &original), &rows::fingerprints(&after, &original)));
    report(&problems);
}

/// Of every fixture whose foreign keys lose an action the script runs, and runs again.
#[test]
fn the_functions_of_every_fixture_are_made() {
    let lossy =
        |case: &Case| !script(&plan(case.rules(), Catalog::from_ddl(case.schema()).catalog), "actions.sql").is_empty();
    let cases: Vec<Case> = cases::all().into_iter().filter(lossy).collect();
    assert!(cases.len() > 2, "few fixtures lose an action: {cases:?}");
    report(&check_each(cases, |case| {
        let database = case.database();
        let url = database.url();
        let plan = plan(case.rules(), read(&url));
        let made = run(&url, &plan, &PREPARATION).and_then(|()| run(&url, &plan, &["actions.sql", "actions.sql"]));
        made.err().into_iter().collect()
    }));
}
