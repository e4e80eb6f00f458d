//! Columns that hold the key in a narrower type are replaced, on a live PostgreSQL: nobody sees two different values on the way,
//! an application goes on writing, and what came to hang on such a column later stops the scripts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use shardplan::Catalog;
use shardplan::postgres::{Client, Error, error::SqlState};
use shardplan_testkit::{Database, psql};

use crate::cases::Case;
use crate::preparation::without_helpers;
use crate::run::{PREPARATION, beginnings, from, run, script};
use crate::{diff, enforced, keys, read, report, rows};

const UNIFY: &str = "05_unify_types.sql";
const BACK: &str = "undo/05_unify_types.sql";

/// The number of rows whose two columns differ, or whose key no franchise has.
const WRONG: &str = "
    SELECT (SELECT count(*) FROM restaurants WHERE franchise_id_bigint IS DISTINCT FROM franchise_id)
         + (SELECT count(*) FROM permits WHERE franchise_id_bigint IS DISTINCT FROM franchise_id)
         + (SELECT count(*) FROM complaints WHERE franchise_id_bigint IS DISTINCT FROM franchise_id)";

#[test]
fn both_columns_are_the_same_until_one_takes_over() {
    let case = Case::named("mixed_int_key");
    let database = case.database();
    let original = read(&database.url());
    let plan = case.plan(original.clone());
    run(&database.url(), &plan, &PREPARATION[..1]).unwrap();
    // Both foreign keys of every table are there, and no column has taken over.
    let beginnings = beginnings(&script(&plan, UNIFY));
    let text = beginnings.iter().rev().find(|text| !text.contains("RENAME COLUMN")).unwrap();
    psql(&database.url(), text).unwrap();
    let count = |query: &str| database.connect().unwrap().query_one(query, &[]).unwrap().get::<_, i64>(0);
    let changes = "
        INSERT INTO franchises (franchise_id, name) VALUES (50, 'deleted'), (51, 'moved');
        INSERT INTO complaints (franchise_id, said_at) VALUES (50, now()), (NULL, now());
        INSERT INTO restaurants (franchise_id, town) VALUES (50, 'a'), (51, 'b'), (DEFAULT, 'c');
        INSERT INTO permits VALUES (51, 1999, NULL), (1, 1999, NULL);
        UPDATE restaurants SET franchise_id = 2 WHERE town = 'b';
        UPDATE franchises SET franchise_id = 52 WHERE franchise_id = 51;
        DELETE FROM franchises WHERE franchise_id = 50;
        DELETE FROM complaints WHERE franchise_id IS NULL;
        UPDATE permits SET franchise_id = 3 WHERE year = 1999 AND franchise_id = 1";
    psql(&database.url(), changes).unwrap();
    assert_eq!(count(WRONG), 0);
    assert_eq!(count("SELECT count(*) FROM permits WHERE year = 1999 AND franchise_id_bigint IN (52, 3)"), 2);
    assert_eq!(count("SELECT count(*) FROM restaurants WHERE town IN ('a', 'b', 'c')"), 2);
    let orphan = database.execute("INSERT INTO restaurants (franchise_id, town) VALUES (999, 'x')").unwrap_err();
    assert!(orphan.to_string().contains("restaurants_franchise_id_fkey"), "{orphan}");
    run(&database.url(), &plan, from(UNIFY)).unwrap();
    report(&diff::differences(&plan.prepared(original).structure(), &without_helpers(read(&database.url()))));
    report(&keys::problems(&database.url(), &plan));
}

/// Taken back from any place, also when that is stopped on its way, the schema is what it was but for the order of columns; and
/// from there the way on is open.
#[test]
fn it_is_taken_back_from_anywhere() {
    let case = Case::named("mixed_int_key");
    let database = case.database();
    let url = database.url();
    let original = read(&url);
    let plan = case.plan(original.clone());
    let before = rows::fingerprints(&url, &original);
    let (forward, back) = (beginnings(&script(&plan, UNIFY)), beginnings(&script(&plan, BACK)));
    for (at, text) in forward.iter().enumerate().skip(20).step_by(9).chain(forward.iter().enumerate().next_back()) {
        psql(&url, text).unwrap_or_else(|failure| panic!("{at}: {failure}"));
        for text in back.iter().step_by(4) {
            psql(&url, text).unwrap_or_else(|failure| panic!("back from {at}: {failure}"));
        }
        run(&url, &plan, &[BACK]).unwrap();
        let differences = diff::differences(&by_name(original.clone()), &by_name(read(&url)));
        assert!(differences.is_empty(), "back from {at}: {differences:?}");
        report(&rows::differences(&before, &rows::fingerprints(&url, &original)));
    }
    run(&url, &plan, &PREPARATION).unwrap();
    report(&diff::differences(&plan.prepared(original).structure(), &without_helpers(read(&url))));
}

/// The structure of a catalog, with the columns of each table by name.
fn by_name(catalog: Catalog) -> Catalog {
    let mut catalog = catalog.structure();
    catalog.tables.iter_mut().for_each(|table| table.columns.sort_by(|one, other| one.name.cmp(&other.name)));
    catalog
}

#[test]
fn what_came_to_hang_on_the_column_is_told() {
    let later = [
        ("CREATE STATISTICS towns ON franchise_id, town FROM restaurants", "statistics object public.towns depends on"),
        ("CREATE VIEW v AS SELECT franchise_id FROM restaurants", "depends on public.restaurants.franchise_id"),
        ("GRANT SELECT (franchise_id) ON restaurants TO PUBLIC", "has privileges or settings of its own"),
        ("ALTER TABLE restaurants ALTER franchise_id SET STATISTICS 500", "has privileges or settings of its own"),
        (
            "ALTER TABLE restaurants ALTER franchise_id TYPE numeric",
            "is not there or not of the type integer or bigint",
        ),
    ];
    let case = Case::named("mixed_int_key");
    for (sql, words) in later {
        let database = case.database();
        let plan = case.plan(read(&database.url()));
        database.execute("ALTER TABLE restaurants DROP CONSTRAINT restaurants_franchise_id_fkey").unwrap();
        database.execute(sql).unwrap();
        let failure = run(&database.url(), &plan, &PREPARATION[..1]).unwrap_err();
        assert!(failure.contains(words), "{sql}: {failure}");
    }
}

#[test]
fn later_phases_wait_for_the_types() {
    let case = Case::named("mixed_int_key");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    let failure = run(&database.url(), &plan, &["10_add_columns.sql"]).unwrap_err();
    assert!(failure.contains("franchise_id is not there or not of the type bigint"), "{failure}");
}

#[test]
fn an_application_writes_while_types_are_unified() {
    let case = Case::named("mixed_int_key");
    let database = case.database();
    let more = "INSERT INTO restaurants (franchise_id, town) SELECT 1 + i % 5, 'Town ' || i FROM generate_series(100, 60000) i";
    database.execute(more).unwrap();
    let original = read(&database.url());
    let plan = case.plan(original.clone());
    let before = restaurants(&database);
    let enough = AtomicBool::new(false);
    let (written, outcome) = thread::scope(|scope| {
        let application = scope.spawn(|| application(&database, &enough));
        let outcome = run(&database.url(), &plan, &PREPARATION[..2]);
        // Also when a script has failed: the application would go on for ever.
        enough.store(true, Ordering::Relaxed);
        (application.join().unwrap(), outcome)
    });
    outcome.unwrap();
    assert!(written > 10, "the application got only {written} restaurants through");
    assert_eq!(restaurants(&database), before + written);
    run(&database.url(), &plan, from("10_add_columns.sql")).unwrap();
    let prepared = without_helpers(read(&database.url()));
    report(&keys::problems(&database.url(), &plan));
    report(&diff::differences(&plan.prepared(original).structure(), &prepared));
    report(&enforced::problems(&database.url(), &plan, &prepared));
}

fn restaurants(database: &Database<'_>) -> i64 {
    let query = "SELECT count(*) FROM restaurants";
    database.connect().unwrap().query_one(query, &[]).unwrap().get(0)
}

/// One transaction after the other, each of which leaves one restaurant more; how many were committed. Any error but a deadlock
/// fails the test.
fn application(database: &Database<'_>, enough: &AtomicBool) -> i64 {
    let mut client = database.connect().unwrap();
    let mut written = 0;
    while !enough.load(Ordering::Relaxed) {
        match open(&mut client, written) {
            Ok(()) => written += 1,
            Err(error) if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) => {}
            Err(error) => panic!("the application failed: {error:?}"),
        }
    }
    written
}

/// Two restaurants open, one of them moves to another franchise, the other closes; the number tells which.
fn open(client: &mut Client, number: i64) -> Result<(), Error> {
    let (first, second, day) = (1 + number % 5, 1 + (number + 1) % 5, format!("day {number}"));
    let mut transaction = client.transaction()?;
    transaction.batch_execute(&format!(
        "INSERT INTO restaurants (franchise_id, town) VALUES ({first}, '{day}'), ({first}, '{day}, closed');
         UPDATE restaurants SET franchise_id = {second} WHERE restaurant_id = (SELECT max(restaurant_id) - 1 FROM restaurants);
         DELETE FROM restaurants WHERE restaurant_id = (SELECT max(restaurant_id) FROM restaurants);
         INSERT INTO permits (franchise_id, year) VALUES ({first}, {year}) ON CONFLICT (franchise_id, year) DO NOTHING;
         DELETE FROM permits WHERE franchise_id = {second} AND year = {year}",
        year = 3000 + number % 100,
    ))?;
    transaction.commit()
}
