//! Scripts that stop half-way: each is cut after each of its statements and run again from its start.

use crate::cases::{self, Case, check_each};
use crate::preparation::without_helpers;
use crate::run::{PREPARATION, before, beginnings, from, run, script};
use crate::{diff, keys, read, report, rows};
use shardplan_testkit::psql;

#[test]
fn tailspin_can_stop_anywhere() {
    report(&stop_everywhere(&Case::named("tailspin")));
}

#[test]
fn wide_world_importers_can_stop_anywhere() {
    report(&stop_everywhere(&Case::named("wide_world_importers")));
}

/// All fixtures with `SHARDPLAN_CASES`, a few that have more kinds of steps than the examples without.
#[test]
fn fixtures_can_stop_anywhere() {
    let few = ["deferrable_keys", "partitions", "include_and_nulls", "mixed_int_key"];
    let all = std::env::var_os("SHARDPLAN_CASES").is_some();
    let chosen = cases::all().into_iter().filter(|case| all || few.contains(&case.name.as_str()));
    report(&check_each(chosen.collect(), stop_everywhere));
}

/// Each beginning of each script, from the short to the long: what one leaves behind is where the next one starts.
fn stop_everywhere(case: &Case) -> Vec<String> {
    let database = case.database();
    let url = database.url();
    let original = read(&url);
    let plan = case.plan(original.clone());
    if plan.is_blocked() {
        return Vec::new();
    }
    let before = rows::fingerprints(&url, &original);
    for path in PREPARATION {
        let text = script(&plan, path);
        for (at, beginning) in beginnings(&text).iter().enumerate() {
            if let Err(failure) = psql(&url, beginning) {
                return vec![format!("{path} up to statement {}: {failure}", at + 1)];
            }
            // A person starts again from the first script.
            if let Err(failure) = run(&url, &plan, &PREPARATION[..1]) {
                return vec![format!("after {path} up to statement {}: {failure}", at + 1)];
            }
        }
        if let Err(failure) = run(&url, &plan, &[path]) {
            return vec![failure];
        }
    }
    let mut problems = diff::differences(&plan.prepared(original.clone()).structure(), &without_helpers(read(&url)));
    problems.extend(rows::differences(&before, &rows::fingerprints(&url, &original)));
    problems.extend(keys::problems(&url, &plan));
    problems
}

#[test]
fn an_index_that_was_not_finished_stops_the_keys() {
    let case = Case::named("tailspin");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    run(&database.url(), &plan, before("40_keys.sql")).unwrap();
    // What CREATE INDEX CONCURRENTLY leaves behind when it is interrupted.
    database
        .execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'line_items_store_id_line_item_id_idx'::regclass")
        .unwrap();
    let failure = run(&database.url(), &plan, &["40_keys.sql"]).unwrap_err();
    assert!(failure.contains("index public.line_items_store_id_line_item_id_idx is missing or invalid"), "{failure}");
    // The script that builds the indexes finds it, drops it and builds it again.
    run(&database.url(), &plan, from("30_unique_indexes.sql")).unwrap();
}

#[test]
fn the_preflight_and_the_gates_stop_what_must_not_start() {
    let case = Case::named("tailspin");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    let stops = |path, words: &str| {
        let failure = run(&database.url(), &plan, &[path]).unwrap_err();
        assert!(failure.contains(words), "{failure}");
    };
    run(&database.url(), &plan, before("20_backfill.sql")).unwrap();
    stops("30_unique_indexes.sql", "line_items has rows without store_id");
    stops("40_keys.sql", "is missing or invalid");
    stops("50_distribute.sql", "the extension citus is not installed in this database");
    database.execute("ALTER TABLE products ALTER COLUMN store_id TYPE int").unwrap();
    stops("00_preflight.sql", "products is not the table that the plan was made for");
}

#[test]
fn a_view_that_needs_a_primary_key_is_told_before_anything_changes() {
    let case = Case::named("tailspin");
    let database = case.database();
    let view = "CREATE VIEW totals AS SELECT o.order_id, o.status, count(*) FROM orders AS o \
                JOIN line_items AS l ON l.order_id = o.order_id GROUP BY o.order_id";
    database.execute(view).unwrap();
    let plan = case.plan(read(&database.url()));
    let failure = run(&database.url(), &plan, &["00_preflight.sql"]).unwrap_err();
    assert!(failure.contains("a view needs the constraint orders_pkey of public.orders"), "{failure}");
}
