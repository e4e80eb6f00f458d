//! The backfill as a job of pg_cron: scheduled by the script, done by the server, off the schedule when all is done.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use shardplan_testkit::{Database, Options, shared};

use crate::cases::Case;
use crate::run::{before, from, run};
use crate::{keys, read, report};

/// A job runs once a minute, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(100);

#[test]
fn pg_cron_runs_the_backfill_and_unschedules_it() {
    if count(&shared().fresh_database(), "pg_available_extensions WHERE name = 'pg_cron'") == 0 {
        let demanded = std::env::var_os("SHARDPLAN_NEED_CRON").is_some();
        assert!(!demanded, "SHARDPLAN_NEED_CRON is set, and the server has no pg_cron");
        // Past the capture of the output of tests that pass.
        let _ = writeln!(std::io::stderr(), "NOT TESTED: the backfill by pg_cron, which the server does not have");
        return;
    }
    let server = Options::new().preload("pg_cron").set("cron.database_name", "toys").start().unwrap();
    let database = server.create_database("toys").unwrap();
    database.execute("CREATE EXTENSION pg_cron").unwrap();
    let case = Case::named("tailspin");
    case.load(&database.url());
    let plan = case.plan(read(&database.url()));
    run(&database.url(), &plan, before("30_unique_indexes.sql")).unwrap();
    assert_eq!(count(&database, "cron.job WHERE jobname = 'shardplan_backfill'"), 1, "the script schedules the job");
    assert_eq!(count(&database, "line_items WHERE store_id IS NOT NULL"), 0, "and does not wait for it");
    let deadline = Instant::now() + PATIENCE;
    while count(&database, "cron.job") > 0 {
        assert!(Instant::now() < deadline, "the job still runs: {}", history(&database));
        thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(count(&database, "shardplan.progress WHERE state <> 'done'"), 0, "{}", history(&database));
    report(&keys::problems(&database.url(), &plan));
    run(&database.url(), &plan, from("30_unique_indexes.sql")).unwrap();
}

fn count(database: &Database<'_>, what: &str) -> i64 {
    database.connect().unwrap().query_one(&format!("SELECT count(*) FROM {what}"), &[]).unwrap().get(0)
}

/// What pg_cron says of its runs.
fn history(database: &Database<'_>) -> String {
    let query =
        "SELECT coalesce(string_agg(concat_ws(' ', status, return_message), '; '), 'no run') FROM cron.job_run_details";
    database.connect().unwrap().query_one(query, &[]).unwrap().get(0)
}
