//! The backfill and those who come across it: rows that wait for a decision, rows that somebody has locked, a slot that holds
//! back WAL, a trigger that refuses.

use std::thread;
use std::time::{Duration, Instant};

use crate::shop::Shop;

const PATIENCE: Duration = Duration::from_secs(30);

/// Rows without a reference, and one tied to another tenant.
const UNDECIDED: &str = "
INSERT INTO orders VALUES (1000, NULL);
INSERT INTO items VALUES (1001, NULL), (1002, NULL), (1003, 1000);
INSERT INTO notes VALUES (1001, 1001), (1003, 1003), (1004, NULL);
";

#[test]
fn rows_wait_until_somebody_decides() {
    let shop = Shop::with(UNDECIDED, "30_unique_indexes.sql");
    let stops = |words: &str| {
        let failure = shop.run(&["30_unique_indexes.sql"]).unwrap_err();
        assert!(failure.contains(words), "{failure}");
    };
    assert_eq!(shop.ask("SELECT count(*) FROM shardplan.undecided"), "7");
    stops("has rows without shop_id");
    let refused = "SELECT count(*) FROM shardplan.progress WHERE state <> 'done'";
    assert_eq!(shop.ask(refused), "0", "rows without a reference do not hold the backfill up");
    shop.psql("CALL shardplan.delete_undecided('public.notes', 'unassigned')");
    shop.psql("CALL shardplan.assign_undecided('public.orders', '2')");
    assert_eq!(shop.item(1003), "2");
    shop.psql("CALL shardplan.delete_undecided('public.items', 'unassigned')");
    assert_eq!(shop.ask("SELECT count(*) FROM shardplan.undecided"), "0");
    assert_eq!(shop.ask("SELECT count(*) FROM items"), "301");
    shop.run(&["30_unique_indexes.sql", "40_keys.sql", "45_hand_over.sql"]).unwrap();
    let mistaken = shop.database.psql("CALL shardplan.assign_undecided('public.nothing', '2')").unwrap_err();
    assert!(mistaken.to_string().contains("no rows without a key are watched in public.nothing"), "{mistaken}");
}

#[test]
fn a_table_that_was_done_is_opened_again() {
    let shop = Shop::before("30_unique_indexes.sql");
    shop.psql("SET session_replication_role = replica; UPDATE items SET shop_id = NULL WHERE item_id % 3 = 0");
    assert_eq!(shop.ask("SELECT count(*) FROM shardplan.undecided"), "0", "the backfill can fill them");
    assert!(shop.run(&["30_unique_indexes.sql"]).is_err());
    shop.run(&["20_backfill.sql", "30_unique_indexes.sql"]).unwrap();
    assert_eq!(shop.wrong(), "0");
}

/// The batch gives up, becomes smaller, is left out and comes back at the end.
#[test]
fn a_locked_row_holds_up_nothing_but_its_batch() {
    let shop = Shop::before("20_backfill.sql");
    let mut client = shop.connect();
    let mut transaction = client.transaction().unwrap();
    transaction.batch_execute("SELECT FROM items WHERE item_id = 7 FOR UPDATE").unwrap();
    thread::scope(|scope| {
        let backfill = scope.spawn(|| shop.run(&["20_backfill.sql"]));
        wait(&shop, "SELECT passes > 0 FROM shardplan.backfill WHERE target = 'public.items'");
        wait(&shop, "SELECT shop_id IS NOT NULL FROM items WHERE item_id = 300");
        assert_eq!(
            [shop.item(7), shop.ask("SELECT state FROM shardplan.progress WHERE target = 'public.notes'")],
            ["-", "waiting"]
        );
        transaction.commit().unwrap();
        backfill.join().unwrap().unwrap();
    });
    assert_eq!([shop.wrong(), shop.item(7)], ["0", "3"]);
    assert_eq!(shop.ask("SELECT passes > 1 FROM shardplan.backfill WHERE target = 'public.items'"), "true");
}

fn wait(shop: &Shop, holds: &str) {
    let started = Instant::now();
    let there = "SELECT to_regclass('shardplan.backfill') IS NOT NULL";
    while shop.ask(there) != "true" || shop.ask(holds) != "true" {
        if started.elapsed() > PATIENCE {
            shop.give_up();
            panic!("it does not come to pass that {holds}");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_batch_that_fails_is_visible_and_goes_on_when_mended() {
    let refuse = "
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not on a Friday'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON items FOR EACH ROW WHEN (OLD.item_id = 250) EXECUTE FUNCTION refuse();";
    let shop = Shop::before("20_backfill.sql");
    shop.psql(refuse);
    let failure = shop.run(&["20_backfill.sql"]).unwrap_err();
    assert!(failure.contains("the backfill of public.items failed: not on a Friday"), "{failure}");
    let state = "SELECT state FROM shardplan.progress WHERE target = 'public.items'";
    assert_eq!(shop.ask(state), "failed: not on a Friday");
    shop.psql("DROP TRIGGER refuse ON items");
    shop.psql("UPDATE shardplan.settings SET max_waiting_wal = 1");
    shop.psql("SELECT pg_create_physical_replication_slot('slow', true); INSERT INTO notes SELECT generate_series(2000, 3000)");
    thread::scope(|scope| {
        let backfill = scope.spawn(|| shop.run(&["20_backfill.sql"]));
        wait(
            &shop,
            "SELECT state = 'paused: a replication slot holds back WAL' FROM shardplan.progress WHERE target = 'public.items'",
        );
        shop.psql("SELECT pg_drop_replication_slot('slow')");
        backfill.join().unwrap().unwrap();
    });
    assert_eq!([shop.ask(state), shop.wrong()], ["done", "0"]);
}
