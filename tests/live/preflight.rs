//! What has changed since the plan was made: the preflight tells it before anything changes, and lets pass what the plan itself
//! has made (which `preparation.rs` and `interruption.rs` try at every statement).

use shardplan_testkit::psql;

use crate::cases::Case;
use crate::read;
use crate::run::{PREPARATION, before, run, script};

/// What the preflight of a plan made before says once the database has been changed by `sql`.
fn told(fixture: &str, sql: &str) -> String {
    let case = Case::named(fixture);
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    database.execute(sql).unwrap();
    run(&database.url(), &plan, &PREPARATION[..1]).expect_err(sql)
}

fn assert_told(fixture: &str, sql: &str, words: &str) {
    let failure = told(fixture, sql);
    assert!(failure.contains(words), "{sql}: {failure}");
}

#[test]
fn a_column_of_the_added_name_that_is_not_ours() {
    let other_keys = "line_items has a column store_id already, with other keys in it than the path gives";
    assert_told(
        "tailspin",
        "ALTER TABLE line_items ADD COLUMN store_id bigint; UPDATE line_items SET store_id = 77 WHERE line_item_id = 5",
        other_keys,
    );
    let unlike = "line_items has a column store_id already, which is not like public.stores.store_id";
    assert_told("tailspin", "ALTER TABLE line_items ADD COLUMN store_id text", unlike);
    let generated = "ALTER TABLE line_items ADD COLUMN store_id bigint GENERATED ALWAYS AS IDENTITY";
    assert_told("tailspin", generated, unlike);
    let computed = "ALTER TABLE line_items ADD COLUMN store_id bigint GENERATED ALWAYS AS (order_id + 1) STORED";
    assert_told("tailspin", computed, unlike);
}

#[test]
fn a_column_that_holds_what_the_path_gives_is_taken() {
    let case = Case::named("tailspin");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    // What an application does that writes the column from the first script on.
    run(&database.url(), &plan, before("15_triggers.sql")).unwrap();
    let written = "UPDATE line_items AS l SET store_id = o.store_id FROM orders AS o WHERE o.order_id = l.order_id AND l.order_id % 3 = 0";
    database.execute(written).unwrap();
    run(&database.url(), &plan, &PREPARATION).unwrap();
}

#[test]
fn keys_and_tables_that_have_come() {
    let table = "CREATE TABLE notes (note_id bigint PRIMARY KEY, order_id bigint REFERENCES orders)";
    assert_told("tailspin", table, "foreign key notes_order_id_fkey of public.notes has come since the plan was made");
    let key = "ALTER TABLE orders ADD COLUMN copied bigint CONSTRAINT again REFERENCES orders";
    assert_told("tailspin", key, "foreign key again of public.orders has come since the plan was made");
    let outside =
        "CREATE TABLE kinds (kind text PRIMARY KEY); ALTER TABLE orders ADD COLUMN kind text REFERENCES kinds";
    assert_told("tailspin", outside, "foreign key orders_kind_fkey of public.orders has come since the plan was made");
    let unique = "CREATE UNIQUE INDEX one_a_minute ON orders (order_id, ordered_at)";
    assert_told("tailspin", unique, "the unique index one_a_minute of public.orders has come since the plan was made");
    let excluded = "ALTER TABLE orders ADD CONSTRAINT apart EXCLUDE USING btree (order_id WITH =)";
    assert_told("tailspin", excluded, "the unique index apart of public.orders has come since the plan was made");
}

#[test]
fn all_that_has_changed_is_told_at_once() {
    let two = "ALTER TABLE line_items DROP CONSTRAINT line_items_order_id_fkey; ALTER TABLE orders ADD UNIQUE (order_id, ordered_at)";
    let failure = told("tailspin", two);
    let gone = "foreign key line_items_order_id_fkey of public.line_items is gone";
    let come = "the unique index orders_order_id_ordered_at_key of public.orders has come since the plan was made";
    assert!(failure.contains(gone) && failure.contains(come), "{failure}");
}

#[test]
fn every_check_has_a_row() {
    let case = Case::named("tailspin");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    let table = psql(&database.url(), &script(&plan, PREPARATION[0])).unwrap();
    for seen in ["as it was planned for", "no citus here yet", "version of PostgreSQL", "rows: "] {
        assert!(table.contains(seen), "{seen}: {table}");
    }
    let results = ["pass", "warn"].map(|result| table.matches(result).count());
    assert!(results.iter().all(|count| *count > 3), "{table}");
    assert!(!table.contains("cannot be seen"), "{table}");
}

#[test]
fn keys_that_have_gone() {
    let foreign_key = "ALTER TABLE line_items DROP CONSTRAINT line_items_order_id_fkey";
    assert_told("tailspin", foreign_key, "foreign key line_items_order_id_fkey of public.line_items is gone");
    let key = "ALTER TABLE line_items DROP CONSTRAINT line_items_pkey";
    assert_told("tailspin", key, "the key line_items_pkey of public.line_items is gone");
}

#[test]
fn a_partition_that_has_come() {
    let case = Case::named("partitioned_keys");
    let database = case.database();
    let plan = case.plan(read(&database.url()));
    let partition = "CREATE TABLE trips_2090 PARTITION OF trips FOR VALUES FROM ('2090-01-01') TO ('2091-01-01')";
    database.execute(partition).unwrap();
    let failure = run(&database.url(), &plan, &PREPARATION[..1]).unwrap_err();
    assert!(
        failure.contains("the partition public.trips_2090 of public.trips has come since the plan was made"),
        "{failure}"
    );
    run(&database.url(), &case.plan(read(&database.url())), &PREPARATION).unwrap();
}
