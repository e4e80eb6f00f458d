//! The phases before the distribution, on a live PostgreSQL with rows in the tables: the schema that the plan promised, the
//! same rows, a key in each of them; the same again when run again; and all the way back.

use shardplan::{Catalog, Change, PhaseKind, Plan, Severity};
use shardplan_sql::Script;

use crate::cases::{self, Case, check_each};
use crate::run::{BACK, PREPARATION, before, from, run};
use crate::{diff, enforced, keys, read, report, rows};

#[test]
fn tailspin_is_prepared() {
    report(&prepare(&Case::named("tailspin")));
}

#[test]
fn wide_world_importers_is_prepared() {
    report(&prepare(&Case::named("wide_world_importers")));
}

#[test]
fn every_fixture_is_prepared() {
    let others = cases::all().into_iter().filter(|case| !["tailspin", "wide_world_importers"].contains(&&*case.name));
    report(&check_each(others.collect(), prepare));
}

#[test]
fn plans_from_a_dump_and_from_the_server_are_the_same() {
    report(&check_each(cases::all(), |case| {
        let database = case.database();
        let dumped = Catalog::from_ddl(&database.dump().unwrap()).catalog;
        compare_plans(case, read(&database.url()), dumped, str::to_owned)
    }));
}

#[test]
fn plans_from_text_and_from_the_server_are_the_same() {
    report(&check_each(cases::all(), |case| {
        let written = Catalog::from_ddl(case.schema()).catalog;
        compare_plans(case, read(&case.database().url()), written, as_written)
    }));
}

/// The same rules give both the same sizes: those that the server knows are left out.
fn compare_plans(case: &Case, live: Catalog, text: Catalog, same: impl Fn(&str) -> String) -> Vec<String> {
    let (live, text) = (case.plan(live.structure()), case.plan(text.structure()));
    let (live, text) = (shardplan_sql::render(&live), shardplan_sql::render(&text));
    if live.len() != text.len() {
        return vec![format!("{} scripts from the server, {} from the text", live.len(), text.len())];
    }
    let pairs = live.iter().zip(&text).filter(|(live, text)| same(&live.text) != same(&text.text));
    pairs.map(|(live, text)| format!("{}: {}", live.path, first_difference(live, text, &same))).collect()
}

fn first_difference(live: &Script, text: &Script, same: impl Fn(&str) -> String) -> String {
    let mut lines = live.text.lines().zip(text.text.lines());
    match lines.find(|(live, text)| same(live) != same(text)) {
        Some((live, text)) => format!("\n    server {live}\n    text   {text}"),
        None => "one is longer than the other".to_owned(),
    }
}

/// What a person writes in an expression and what the server prints differ in parentheses and in the types of literals.
fn as_written(line: &str) -> String {
    line.replace("::text", "").replace(['(', ')'], "")
}

/// Nothing to complain of for a plan with a blocker: no script of it runs.
fn prepare(case: &Case) -> Vec<String> {
    prepare_in(case, &case.database().url())
}

/// The same in a database, of whatever server, that holds schema and rows.
pub(crate) fn prepare_in(case: &Case, url: &str) -> Vec<String> {
    let original = read(url);
    let plan = case.plan(original.clone());
    if plan.is_blocked() {
        return Vec::new();
    }
    let before = rows::fingerprints(url, &original);
    let promised = plan.prepared(original.clone()).structure();
    let mut problems = Vec::new();
    let mut note =
        |when: &str, found: Vec<String>| problems.extend(found.into_iter().map(|it| format!("{when}: {it}")));
    if let Err(failure) = run(url, &plan, &PREPARATION) {
        return vec![failure];
    }
    let prepared = without_helpers(read(url));
    note("prepared", diff::differences(&promised, &prepared));
    note("prepared", rows::differences(&before, &rows::fingerprints(url, &original)));
    note("prepared", keys::problems(url, &plan));
    note("prepared", enforced::problems(url, &plan, &prepared));
    match run(url, &plan, &PREPARATION) {
        Ok(()) => note("run again", diff::differences(&promised, &without_helpers(read(url)))),
        Err(failure) => note("run again", vec![failure]),
    }
    note("run again", rows::differences(&before, &rows::fingerprints(url, &original)));
    match run(url, &plan, &BACK) {
        Ok(()) => note("taken back", diff::differences(&taken_back(&plan, &original), &read(url).structure())),
        Err(failure) => note("taken back", vec![failure]),
    }
    note("taken back", rows::differences(&before, &rows::fingerprints(url, &original)));
    problems
}

/// MATCH FULL over two columns, of which the new foreign key can say only one half.
#[test]
fn what_match_full_refused_is_still_refused() {
    let case = Case::named("match_full");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    run(&database.url(), &plan, &PREPARATION).unwrap();
    let halves = ["SET seat_row = NULL", "SET seat_no = NULL"];
    for half in halves {
        let sql = format!("UPDATE tickets {half} WHERE seat_row IS NOT NULL");
        let failure = database.execute(&sql).unwrap_err().to_string();
        assert!(failure.contains("tickets_seat_row_seat_no_all_or_none"), "{failure}");
    }
    database.execute("UPDATE tickets SET seat_row = NULL, seat_no = NULL WHERE seat_row IS NOT NULL").unwrap();
}

/// A plan that is made while another is under way says so, and one that is made after its hand-over has nothing left to prepare.
#[test]
fn a_plan_that_is_made_in_the_middle_of_another() {
    let case = Case::named("tailspin");
    let url = case.database();
    let url = url.url();
    let plan = case.plan(read(&url));
    let blockers = |plan: &Plan| -> Vec<String> {
        let blockers = plan.findings.iter().filter(|finding| finding.severity == Severity::Blocker);
        blockers.map(|finding| finding.rule.to_string()).collect()
    };
    run(&url, &plan, before("30_unique_indexes.sql")).unwrap();
    let middle = blockers(&case.plan(read(&url)));
    assert!(!middle.is_empty() && middle.iter().all(|rule| rule == "earlier-preparation"), "{middle:?}");
    run(&url, &plan, from("30_unique_indexes.sql")).unwrap();
    let anew = case.plan(read(&url));
    assert_eq!(blockers(&anew), Vec::<String>::new());
    assert!(anew.phase(PhaseKind::Backfill).steps.is_empty());
}

/// What the way back leads to: a column that was replaced stays the last one of its table.
fn taken_back(plan: &Plan, original: &Catalog) -> Catalog {
    let mut catalog = original.clone().structure();
    for change in plan.phase(PhaseKind::UnifyTypes).steps.iter().flat_map(|step| &step.changes) {
        let Change::RenameColumn { table, to, .. } = change else { continue };
        let columns = catalog.tables.iter_mut().find(|one| one.name == *table).map(|table| &mut table.columns).unwrap();
        let at = columns.iter().position(|column| column.name == *to).unwrap();
        let column = columns.remove(at);
        columns.push(column);
    }
    catalog
}

/// The structure of a catalog without the schema in which a backfill keeps what it needs.
pub(crate) fn without_helpers(catalog: Catalog) -> Catalog {
    let mut catalog = catalog.structure();
    catalog.tables.retain(|table| table.name.schema != "shardplan");
    catalog.views.retain(|view| view.name.schema != "shardplan");
    catalog.sequences.retain(|sequence| sequence.name.schema != "shardplan");
    catalog.functions.retain(|function| function.name.schema != "shardplan");
    catalog
}
