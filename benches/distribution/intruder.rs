//! Somebody who tries to break a foreign key again and again: a connection comes in, what was let in goes out.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;

use crate::Failure;
use crate::application::Signals;

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// A product of a store that nobody has: it holds the key from the start, in every state of every way.
const VIOLATION: &str =
    "INSERT INTO products (store_id, name, price) VALUES (999999999, 'of no store', 1) RETURNING product_id";

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
pub fn run(mut client: Client, signals: &Signals) -> Result<LetIn, Failure> {
    let mut found = LetIn::default();
    while !signals.stopped() {
        thread::sleep(PAUSE);
        let Ok(row) = client.query_one(VIOLATION, &[]) else { continue };
        let id: i64 = row.get(0);
        client.execute("DELETE FROM products WHERE store_id = 999999999 AND product_id = $1", &[&id])?;
        found.count += 1;
        found.first.get_or_insert_with(Instant::now);
        found.last = Some(Instant::now());
    }
    Ok(found)
}
