//! Rows that come and change while the triggers stand: each has the key of the row that it references, and the application
//! notices nothing.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::shop::Shop;

/// A statement that waits for a lock has begun to wait by then.
const WAITING: Duration = Duration::from_secs(20);

#[test]
fn rows_without_a_key_get_it_and_wrong_ones_are_corrected() {
    let shop = Shop::before("20_backfill.sql");
    shop.psql("INSERT INTO items VALUES (1001, 3), (1002, 4)");
    shop.psql("INSERT INTO items (item_id, order_id, shop_id) VALUES (1003, 3, 3)");
    shop.psql("INSERT INTO items (item_id, order_id, shop_id) VALUES (1004, 3, 1)");
    assert_eq!([1001, 1002, 1003, 1004].map(|item| shop.item(item)), ["1", "2", "1", "1"]);
    shop.psql("COPY items (item_id, order_id) FROM STDIN;\n1005\t5\n1006\t\\N\n\\.\n");
    assert_eq!([1005, 1006].map(|item| shop.item(item)), ["3", "-"]);
    shop.psql("INSERT INTO items VALUES (1001, 4) ON CONFLICT (item_id) DO UPDATE SET order_id = excluded.order_id");
    shop.psql("INSERT INTO items VALUES (1002, 5) ON CONFLICT (item_id) DO NOTHING");
    shop.psql("UPDATE items SET shop_id = 3 WHERE item_id = 1004");
    assert_eq!([1001, 1002, 1004].map(|item| shop.item(item)), ["2", "2", "1"]);
    let counted = "SELECT string_agg(kind || ' ' || row_count, ', ' ORDER BY kind) FROM shardplan.keyless WHERE target = 'public.items'";
    // Two rows, one wrong key, two of the COPY, two of ON CONFLICT; one that moved without its key, one changed key.
    assert_eq!(shop.ask(counted), "insert 7, update 2");
}

#[test]
fn a_changed_key_takes_all_rows_along() {
    let shop = Shop::before("30_unique_indexes.sql");
    follow(&shop);
    // The old foreign key takes the changes of its own columns along; the new one cannot, and the plan says so.
    shop.psql("UPDATE orders SET order_id = order_id + 1000, shop_id = 1 + shop_id % 3 WHERE order_id % 2 = 0");
    shop.psql("UPDATE orders SET order_id = order_id + 5000");
    assert_eq!(shop.wrong(), "0");
}

/// The new foreign keys are checked at the end of the statement as well, and must find the rows changed.
#[test]
fn a_changed_key_takes_all_rows_along_under_the_new_keys() {
    let shop = Shop::before("45_hand_over.sql");
    follow(&shop);
    shop.run(&["45_hand_over.sql"]).unwrap();
}

fn follow(shop: &Shop) {
    shop.psql("UPDATE orders SET shop_id = 3 WHERE order_id = 3");
    assert_eq!([shop.item(2), shop.note(2)], ["3", "3"]);
    shop.psql("UPDATE items SET order_id = 4 WHERE item_id = 2");
    assert_eq!([shop.item(2), shop.note(2)], ["2", "2"]);
    shop.psql("UPDATE orders SET shop_id = 1 + shop_id % 3");
    shop.psql("UPDATE items SET order_id = 1 + order_id % 30");
    assert_eq!(shop.wrong(), "0");
    shop.psql("UPDATE notes SET item_id = 301 - item_id");
    assert_eq!(shop.wrong(), "0");
    assert_eq!(shop.ask("SELECT count(*) FROM items WHERE shop_id IS NULL"), "0");
}

#[test]
fn rows_without_a_reference_stay_and_are_listed() {
    let shop = Shop::before("30_unique_indexes.sql");
    shop.psql("INSERT INTO items VALUES (1001, NULL)");
    shop.psql("SET session_replication_role = replica; INSERT INTO items VALUES (1002, 77)");
    shop.psql("INSERT INTO orders VALUES (1000, NULL); INSERT INTO items VALUES (1003, 1000); INSERT INTO notes VALUES (1001, 1001)");
    let listed = "SELECT string_agg(concat_ws(' ', target, kind, row_key, reason), '; ' ORDER BY target, row_key) FROM shardplan.undecided";
    let expected = [
        r#"public.items unassigned {"item_id": 1001} items.order_id is NULL"#,
        r#"public.items unassigned {"item_id": 1002} no such row in orders"#,
        r#"public.items unassigned {"item_id": 1003} its row in orders has no shop_id"#,
        r#"public.notes unassigned {"note_id": 1001} its row in items has no shop_id"#,
        r#"public.orders unassigned {"order_id": 1000} shop_id is NULL"#,
    ];
    assert_eq!(shop.ask(listed), expected.join("; "));
    // What is decided for the referenced row is decided for the others.
    shop.psql("UPDATE orders SET shop_id = 2 WHERE order_id = 1000");
    assert_eq!(shop.item(1003), "2");
    shop.psql("CALL shardplan.assign_undecided('public.items', '3')");
    assert_eq!([shop.item(1001), shop.item(1002), shop.note(1001)], ["3", "3", "3"]);
}

/// A row that comes while the row that it references gets another key: whichever of them is first, the other waits.
#[test]
fn a_key_that_changes_meanwhile_is_not_missed() {
    for path in ["20_backfill.sql", "45_hand_over.sql"] {
        let shop = Shop::before(path);
        let insert = "INSERT INTO items VALUES (1001, 3); INSERT INTO notes VALUES (1001, 1001)";
        let update = "UPDATE orders SET shop_id = 2 WHERE order_id = 3";
        one_waits_for_the_other(&shop, insert, update);
        assert_eq!([shop.item(1001), shop.note(1001)], ["2", "2"], "{path}");
        let insert = "INSERT INTO items VALUES (1002, 3)";
        one_waits_for_the_other(&shop, "UPDATE orders SET shop_id = 1 WHERE order_id = 3", insert);
        assert_eq!([shop.item(1001), shop.item(1002)], ["1", "1"], "{path}");
        // And over two tables.
        let note = "INSERT INTO notes VALUES (1002, 1002)";
        one_waits_for_the_other(&shop, note, "UPDATE orders SET shop_id = 3 WHERE order_id = 3");
        one_waits_for_the_other(
            &shop,
            "UPDATE orders SET shop_id = 2 WHERE order_id = 3",
            "INSERT INTO notes VALUES (1003, 1002)",
        );
        assert_eq!([shop.note(1001), shop.note(1002), shop.note(1003)], ["2", "2", "2"], "{path}");
    }
}

/// A row that still waits for the backfill changes otherwise, in a transaction that changes more of them, while the key of the row
/// that they reference changes: the second waits for the first, and never the first for the second.
#[test]
fn a_change_of_rows_without_keys_waits_for_no_other() {
    let shop = Shop::before("20_backfill.sql");
    let update = "UPDATE orders SET shop_id = 2 WHERE order_id = 3";
    let mut client = shop.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute("UPDATE items SET amount = 1 WHERE item_id = 2").unwrap();
    thread::scope(|scope| {
        let other = scope.spawn(|| shop.psql(update));
        let (started, waits) = (Instant::now(), "SELECT count(*) FROM pg_locks WHERE NOT granted");
        while shop.ask(waits) == "0" {
            assert!(started.elapsed() < WAITING, "{update} does not wait for the row");
        }
        // Of the same order: item 32.
        transaction
            .batch_execute("SET LOCAL lock_timeout = '1s'; UPDATE items SET amount = 1 WHERE item_id = 32")
            .unwrap();
        transaction.commit().unwrap();
        other.join().unwrap();
    });
    shop.run(&["20_backfill.sql"]).unwrap();
    assert_eq!([shop.item(2), shop.item(32), shop.wrong()], ["2", "2", "0"]);
}

/// One statement in an open transaction, the other beside it, which goes on once the first is committed.
fn one_waits_for_the_other(shop: &Shop, first: &str, second: &str) {
    let mut client = shop.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute(first).unwrap();
    let (done, is_done) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            shop.psql(second);
            done.send(()).unwrap();
        });
        let started = Instant::now();
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while shop.ask(waits) == "0" && is_done.try_recv().is_err() {
            if started.elapsed() > WAITING {
                shop.give_up();
                panic!("{second} neither waits nor ends");
            }
        }
        transaction.commit().unwrap();
    });
}

/// A foreign key that is checked at the end of the transaction lets a row come before the one that it references.
#[test]
fn a_row_that_comes_before_the_one_it_references_has_a_key_at_the_end() {
    let shop = Shop::before("20_backfill.sql");
    shop.psql(
        "BEGIN; SET CONSTRAINTS ALL DEFERRED;
         INSERT INTO notes VALUES (1001, 1001); INSERT INTO items VALUES (1001, 3); COMMIT",
    );
    assert_eq!([shop.item(1001), shop.note(1001)], ["1", "1"]);
    shop.psql("BEGIN; SET CONSTRAINTS ALL DEFERRED; UPDATE notes SET item_id = 1002 WHERE note_id = 1001; INSERT INTO items VALUES (1002, 4); COMMIT");
    assert_eq!([shop.item(1002), shop.note(1001)], ["2", "2"]);
}
