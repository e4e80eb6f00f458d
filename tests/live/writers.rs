//! An application goes on writing while the scripts run: nothing that it wrote is lost, and no row is left without a key.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use shardplan::postgres::{Client, error::SqlState};
use shardplan_testkit::Database;

use crate::cases::Case;
use crate::preparation::without_helpers;
use crate::run::{PREPARATION, run};
use crate::{diff, enforced, keys, read, report};

/// So many times a script that gave up its lock is run again.
const TRIES: usize = 10;

/// What the scripts and the application tell each other.
#[derive(Default)]
struct Signals {
    /// The application's new version, which writes the key into line items, may go out.
    deployed: AtomicBool,
    /// The application may stop.
    enough: AtomicBool,
}

#[test]
fn an_application_writes_meanwhile() {
    let case = Case::named("tailspin");
    let database = case.database();
    let original = read(&database.url());
    let plan = case.plan(original.clone());
    let before = counts(&database);
    let signals = Signals::default();
    let written = thread::scope(|scope| {
        let application = scope.spawn(|| application(&database, &signals));
        let outcome = PREPARATION.iter().try_for_each(|path| {
            insist(|| run(&database.url(), &plan, &[path]))?;
            // From here on the application knows the column.
            signals.deployed.fetch_or(*path == "10_add_columns.sql", Ordering::Relaxed);
            Ok::<(), String>(())
        });
        // Also when a script has failed: the application would go on for ever.
        signals.enough.store(true, Ordering::Relaxed);
        let written = application.join().unwrap();
        outcome.unwrap();
        written
    });
    assert!(written > 10, "the application got only {written} orders through");
    assert_eq!(counts(&database), (before.0 + written, before.1 + 2 * written), "orders and line items");
    report(&keys::problems(&database.url(), &plan));
    let prepared = without_helpers(read(&database.url()));
    report(&diff::differences(&plan.prepared(original).structure(), &prepared));
    report(&enforced::problems(&database.url(), &plan, &prepared));
}

fn insist(mut run: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let mut last = Ok(());
    for _ in 0..TRIES {
        last = run();
        match &last {
            Err(failure) if failure.contains("lock timeout") || failure.contains("deadlock detected") => {}
            _ => break,
        }
    }
    last
}

fn counts(database: &Database<'_>) -> (i64, i64) {
    let query = "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM line_items)";
    let row = database.connect().unwrap().query_one(query, &[]).unwrap();
    (row.get(0), row.get(1))
}

/// Orders with two line items each, one transaction after the other; how many were committed.
fn application(database: &Database<'_>, signals: &Signals) -> i64 {
    let mut client = database.connect().unwrap();
    let mut written = 0;
    while !signals.enough.load(Ordering::Relaxed) {
        let key = if signals.deployed.load(Ordering::Relaxed) { Some("store_id") } else { None };
        match order(&mut client, 1 + written % 12, key) {
            Ok(()) => written += 1,
            // An application tries again after these.
            Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) => {}
            Err(error) => panic!("the application failed: {error:?}"),
        }
    }
    written
}

fn order(client: &mut Client, store: i64, key: Option<&str>) -> Result<(), shardplan::postgres::Error> {
    let mut transaction = client.transaction()?;
    let sql = "INSERT INTO orders (store_id, status) VALUES ($1, 'Pending') RETURNING order_id";
    let order: i64 = transaction.query_one(sql, &[&store])?.get(0);
    let (column, value) = key.map_or((String::new(), ""), |column| (format!(", {column}"), ", store_id"));
    let sql = format!(
        "INSERT INTO line_items (product_id, order_id, quantity, line_amount{column})
         SELECT product_id, $2, 1, price{value} FROM products WHERE store_id = $1 ORDER BY product_id LIMIT 2"
    );
    transaction.execute(&sql, &[&store, &order])?;
    transaction.commit()
}
