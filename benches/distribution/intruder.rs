//! Somebody who tries to break a foreign key again and again: a connection comes in, what was let in goes out.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::application::Signals;

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// What breaks a foreign key, and what takes it out again. The last one is refused anyway while the table has no such column.
const VIOLATIONS: [[&str; 2]; 3] = [
    [
        "INSERT INTO products (store_id, name, price) VALUES (999999999, 'of no store', 1) RETURNING product_id",
        "DELETE FROM products WHERE product_id = $1",
    ],
    [
        "INSERT INTO orders (store_id, status, ordered_at) VALUES (999999999, 'of no store', now()) RETURNING order_id",
        "DELETE FROM orders WHERE order_id = $1",
    ],
    [
        "INSERT INTO line_items (store_id, product_id, order_id, quantity, line_amount)
         VALUES (1, 999999999, 999999999, 1, 1) RETURNING line_item_id",
        "DELETE FROM line_items WHERE line_item_id = $1",
    ],
];

/// What was let in, and when.
#[derive(Debug, Default)]
pub struct LetIn {
    pub count: usize,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl LetIn {
    /// From the first to the last.
    pub fn span(&self) -> Duration {
        self.first.zip(self.last).map_or(Duration::ZERO, |(first, last)| last - first)
    }
}

/// Tries until the run is over, and takes what was let in out again, so that no later step stumbles over it.
pub fn run(mut client: Client, signals: &Signals) -> LetIn {
    let mut found = LetIn::default();
    while !signals.stopped() {
        for [attempt, repair] in VIOLATIONS {
            thread::sleep(PAUSE);
            let Ok(row) = client.query_one(attempt, &[]) else { continue };
            let id: i64 = row.get(0);
            found.count += 1;
            found.first.get_or_insert_with(Instant::now);
            found.last = Some(Instant::now());
            // A table that is just changing its place may refuse it for a moment, or answer before the row is there.
            while !matches!(client.execute(repair, &[&id]), Ok(1)) && !signals.stopped() {
                thread::sleep(PAUSE);
            }
        }
    }
    found
}
