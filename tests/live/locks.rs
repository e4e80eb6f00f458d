//! Locks that others hold: a statement that the application would queue behind waits briefly, gives up and comes again.

use std::thread;
use std::time::{Duration, Instant};

use shardplan::Strategy;
use shardplan_testkit::{Database, Options, psql};

use crate::cases::Case;
use crate::run::{before, from, run, script};
use crate::{read, report};

/// A vacuum that goes slowly enough to be met.
const SLOW_VACUUM: &str =
    "ALTER TABLE line_items SET (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)";

/// It holds its lock for as long as it likes, and gives way only to one who waits longer than `deadlock_timeout`.
#[test]
fn a_running_autovacuum_gives_way() {
    let server = Options::new().set("autovacuum", "on").set("autovacuum_naptime", "1s").start().unwrap();
    let database = server.create_database("toys").unwrap();
    let case = Case::named("tailspin");
    case.load(&database.url());
    let plan = case.plan(read(&database.url()));
    run(&database.url(), &plan, before("40_keys.sql")).unwrap();
    database.execute(SLOW_VACUUM).unwrap();
    database.execute("UPDATE line_items SET quantity = quantity + 1").unwrap();
    let vacuums = "SELECT count(*) FROM pg_stat_progress_vacuum WHERE relid = 'line_items'::regclass";
    let deadline = Instant::now() + Duration::from_secs(60);
    while count(&database, vacuums) == 0 {
        assert!(Instant::now() < deadline, "autovacuum does not come");
        thread::sleep(Duration::from_millis(50));
    }
    run(&database.url(), &plan, from("40_keys.sql")).unwrap();
}

/// The script waits for a transaction that holds a lock; what comes behind the script in the queue does not wait for long.
#[test]
fn the_application_does_not_queue_behind_a_script_that_waits() {
    let case = Case::named("tailspin");
    let database = case.database();
    let url = database.url();
    let plan = case.plan(read(&url));
    let mut holder = database.connect().unwrap();
    let mut held = holder.transaction().unwrap();
    held.execute("UPDATE line_items SET quantity = quantity WHERE line_item_id = 1", &[]).unwrap();
    let mut problems = Vec::new();
    thread::scope(|scope| {
        let script = scope.spawn(|| run(&url, &plan, &before("15_triggers.sql")[1..]));
        let mut application = database.connect().unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            let due = Instant::now();
            application.execute("UPDATE line_items SET quantity = quantity WHERE line_item_id = 2", &[]).unwrap();
            let waited = due.elapsed();
            // Fifty milliseconds and what a busy machine adds; the lock itself is held for three seconds.
            if waited > Duration::from_secs(1) {
                problems.push(format!("a statement waited {waited:?}"));
            }
        }
        assert!(!script.is_finished(), "the lock was held, and the script went on");
        held.commit().unwrap();
        script.join().unwrap().unwrap();
    });
    report(&problems);
}

/// One transaction needs the locks of all tables. While one of them is held by somebody, its writers and those of the others
/// go on; an attempt gives back what it got.
#[test]
fn the_application_does_not_queue_behind_one_that_wants_all_locks() {
    let case = Case::named("tailspin");
    let database = case.database();
    let locking = lock_all(&script(&case.plan_by(Strategy::Atomic, read(&database.url())), "50_distribute.sql"));
    let mut holder = database.connect().unwrap();
    let mut held = holder.transaction().unwrap();
    held.execute("UPDATE stores SET name = name WHERE store_id = 1", &[]).unwrap();
    thread::scope(|scope| {
        let script = scope.spawn(|| psql(&database.url(), &locking));
        let mut application = database.connect().unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            let due = Instant::now();
            application.execute("UPDATE line_items SET quantity = quantity WHERE line_item_id = 2", &[]).unwrap();
            application.execute("UPDATE stores SET name = name WHERE store_id = 2", &[]).unwrap();
            let waited = due.elapsed();
            assert!(waited < Duration::from_secs(1), "two statements waited {waited:?}");
        }
        assert!(!script.is_finished(), "a lock was held, and the script went on");
        held.commit().unwrap();
        let locked = script.join().unwrap().unwrap();
        assert!(locked.contains("4 tables are locked, lock_timeout 1234ms"), "{locked}");
    });
}

/// The attempts alone, as the script makes them, and then what they have got: the rest needs Citus.
fn lock_all(script: &str) -> String {
    let start = script.find("CREATE OR REPLACE PROCEDURE pg_temp.lock_with_patience").unwrap();
    let end = start + script[start..].find("\n$shardplan$;\n").unwrap() + "\n$shardplan$;\n".len();
    let call = script.lines().find(|line| line.starts_with("CALL pg_temp.lock_with_patience")).unwrap();
    let got = "SELECT count(*) || ' tables are locked, lock_timeout ' || current_setting('lock_timeout') FROM pg_locks
        WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relation IN
            ('stores'::regclass, 'products'::regclass, 'orders'::regclass, 'line_items'::regclass);";
    format!("{}SET lock_timeout = 1234;\nBEGIN;\n{call}\n{got}\nCOMMIT;\n", &script[start..end])
}

fn count(database: &Database<'_>, query: &str) -> i64 {
    database.connect().unwrap().query_one(query, &[]).unwrap().get(0)
}
