//! An application that writes into all tables without a pause, in all ways, while the scripts run: no statement of it fails that
//! would not have failed before, and no row is left with a wrong key or without one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use shardplan::postgres::error::SqlState;

use crate::run::PREPARATION;
use crate::shop::Shop;

/// What the application did, and what it should not have met.
struct Written {
    statements: u64,
    failures: Vec<String>,
}

/// So many connections write.
const WRITERS: u64 = 2;

#[test]
fn no_key_is_missed_while_everything_is_written() {
    let shop = Shop::before("00_preflight.sql");
    let (knows_key, enough) = (AtomicBool::new(false), AtomicBool::new(false));
    let written: Vec<Written> = thread::scope(|scope| {
        let (shop, knows_key, enough) = (&shop, &knows_key, &enough);
        let start = |number| scope.spawn(move || write(shop, number, knows_key, enough));
        let writers: Vec<_> = (0..WRITERS).map(start).collect();
        let outcome = PREPARATION.iter().try_for_each(|path| {
            // The new version of the application is out by the time of the hand-over.
            knows_key.fetch_or(*path == "45_hand_over.sql", Ordering::Relaxed);
            shop.run(&[path])
        });
        enough.store(true, Ordering::Relaxed);
        let written = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        outcome.unwrap();
        written
    });
    for one in &written {
        assert!(one.statements > 100, "only {} statements", one.statements);
        assert!(one.failures.is_empty(), "{} failures: {:?}", one.failures.len(), one.failures.first());
    }
    assert_eq!(shop.wrong(), "0");
    assert_eq!(shop.ask("SELECT (SELECT count(*) FROM items WHERE shop_id IS NULL) + (SELECT count(*) FROM notes WHERE shop_id IS NULL)"), "0");
    assert_eq!(
        shop.ask("SELECT count(DISTINCT target) FROM shardplan.keyless"),
        "2",
        "both filled tables came without keys"
    );
}

fn write(shop: &Shop, number: u64, knows_key: &AtomicBool, enough: &AtomicBool) -> Written {
    let mut client = shop.connect();
    let mut written = Written { statements: 0, failures: Vec::new() };
    let mut state = number + 1;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    while !enough.load(Ordering::Relaxed) {
        let new = FIRST + 2 * written.statements + number;
        let Statement { sql, may_break, moves } = statement(&mut random, new, knows_key.load(Ordering::Relaxed));
        written.statements += 1;
        let Err(error) = client.batch_execute(&sql) else { continue };
        match error.code() {
            // What is gone, or still referenced, would have been so without the scripts.
            Some(&SqlState::FOREIGN_KEY_VIOLATION) if may_break => {}
            // The README says so: of a row that moves within a tenant that moves, and of that tenant.
            Some(&SqlState::T_R_DEADLOCK_DETECTED) if moves => {}
            _ => written.failures.push(format!("{sql}: {error:?}")),
        }
    }
    written
}

/// The rows that the application makes itself are numbered from here on. The others stay, so that nothing that references them
/// breaks a foreign key.
const FIRST: u64 = 10_000;

/// A statement, whether it may break a foreign key, and whether it moves rows to another parent or tenant.
struct Statement {
    sql: String,
    may_break: bool,
    moves: bool,
}

/// One of all kinds: rows come, move, change their key, go.
fn statement(random: &mut impl FnMut(u64) -> u64, new: u64, knows_key: bool) -> Statement {
    let (order, item, note) = (1 + random(30), 1 + random(300), 1 + random(300));
    let (shop, amount, own) = (1 + random(3), random(100), FIRST + random(5_000));
    let key = |table: &str, id: &str, value: u64| match knows_key {
        true => (", shop_id", format!(", (SELECT shop_id FROM {table} WHERE {id} = {value} FOR SHARE)")),
        false => ("", String::new()),
    };
    let kept = |sql| Statement { sql, may_break: false, moves: false };
    let moved = |sql| Statement { sql, may_break: false, moves: true };
    let broken = |sql| Statement { sql, may_break: true, moves: false };
    match random(16) {
        0 | 1 => {
            let (column, value) = key("orders", "order_id", order);
            kept(format!("INSERT INTO items (item_id, order_id{column}) VALUES ({new}, {order}{value})"))
        }
        2 => {
            let (column, value) = key("items", "item_id", item);
            kept(format!("INSERT INTO notes (note_id, item_id{column}) VALUES ({new}, {item}{value})"))
        }
        3 => kept(format!("UPDATE items SET amount = {amount} WHERE item_id = {item}")),
        // A row moves or changes its tenant only while the key is not the application's own.
        4 if !knows_key => moved(format!("UPDATE items SET order_id = {order} WHERE item_id = {item}")),
        5 if !knows_key => moved(format!("UPDATE notes SET item_id = {item} WHERE note_id = {note}")),
        6 if !knows_key => moved(format!("UPDATE orders SET shop_id = {shop} WHERE order_id = {order}")),
        7 => kept(format!("INSERT INTO shops VALUES ({new})")),
        8 => kept(format!("INSERT INTO orders VALUES ({new}, {shop})")),
        9 => kept(format!("UPDATE shops SET shop_id = shop_id WHERE shop_id = {shop}")),
        // To rows that the application made itself, and takes away again.
        10 if !knows_key => {
            Statement { may_break: true, ..moved(format!("UPDATE items SET order_id = {own} WHERE item_id = {item}")) }
        }
        11 if !knows_key => {
            Statement { may_break: true, ..moved(format!("UPDATE orders SET shop_id = {own} WHERE order_id = {own}")) }
        }
        12 => broken(format!("DELETE FROM shops WHERE shop_id = {own}")),
        13 => broken(format!("DELETE FROM orders WHERE order_id = {own}")),
        14 => kept(format!("DELETE FROM notes WHERE note_id = {own}")),
        _ => broken(format!("DELETE FROM items WHERE item_id = {own}")),
    }
}
