//! A connection to another database of the same server, which writes there as the application does in its own: it shares
//! processors, memory and WAL with the procedure, but no lock. How long it waits is what the machine adds to all other waits.

use std::thread;
use std::time::{Duration, Instant};

use postgres::Client;
use shardplan_testkit::Server;

use crate::Failure;
use crate::application::Signals;
use crate::waits::Wait;

/// Statements a second.
const RATE: f64 = 50.0;

/// The bystander's database.
const DATABASE: &str = "bystander";

/// Connects; makes the database when there is none.
pub fn connect(server: &Server) -> Result<Client, Failure> {
    let find = format!("SELECT FROM pg_database WHERE datname = '{DATABASE}'");
    if server.database("postgres").connect()?.query_opt(&find, &[])?.is_none() {
        server.create_database(DATABASE)?.execute("CREATE TABLE notes (id bigserial PRIMARY KEY, note text)")?;
    }
    Ok(server.database(DATABASE).connect()?)
}

/// Writes until the application is told to stop.
pub fn run(mut client: Client, start: Instant, signals: &Signals) -> Result<Vec<Wait>, Failure> {
    let insert = client.prepare("INSERT INTO notes (note) VALUES ('nobody waits for me')")?;
    let mut waits = Vec::new();
    let mut due = start;
    while !signals.stopped() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        client.execute(&insert, &[])?;
        waits.push(Wait { due, took: due.elapsed(), what: "insert elsewhere" });
        due += Duration::from_secs_f64(1.0 / RATE);
    }
    Ok(waits)
}
