//! The backfill alone, without an application and without its limits: a template comes in, its figures go out.

use std::time::{Duration, Instant};

use shardplan::PhaseKind;
use shardplan_testkit::Database;

use crate::data::Template;
use crate::{Failure, Figure, by_plan};

/// How often each way is measured, by turns; the shortest counts, which is the least disturbed.
const RUNS: usize = 3;

/// What is to beat: no batches, no triggers, no state.
const SINGLE_UPDATE: &str =
    "UPDATE line_items SET store_id = orders.store_id FROM orders WHERE orders.order_id = line_items.order_id";

/// Batches of the size that the documents use, and nothing that slows them down.
const NO_LIMITS: &str = "
UPDATE shardplan.settings SET batch_rows = 10000, rest = '0', lock_wait = '1 hour', max_replica_lag = '1 day',
  max_waiting_wal = 1e18, max_dead_rows = 1e18";

/// Notes how long each batch took; costs one row a batch.
const NOTE_BATCHES: &str = "
CREATE TABLE batch_times (at bigint, took float8);
CREATE FUNCTION note_batch() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN INSERT INTO batch_times VALUES (NEW.batches, extract(epoch FROM NEW.time_spent - OLD.time_spent)); RETURN NULL; END';
CREATE TRIGGER note_batch AFTER UPDATE ON shardplan.backfill FOR EACH ROW
WHEN (NEW.batches > OLD.batches) EXECUTE FUNCTION note_batch()";

/// How the backfill compares with one statement, and its end with its beginning.
pub fn figures(template: &Template<'_>) -> Result<Vec<Figure>, Failure> {
    let (mut single, mut batches) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        single.push(single_update(template)?);
        batches.push(in_batches(template)?);
    }
    let single = single.into_iter().min().unwrap_or_default();
    let (whole, times) = batches.into_iter().min_by_key(|(whole, _)| *whole).unwrap_or_default();
    // The last batch is not full.
    let full = &times[..times.len().saturating_sub(1)];
    let tenth = (full.len() / 10).max(1).min(full.len());
    let (first, last): (f64, f64) = (full[..tenth].iter().sum(), full[full.len() - tenth..].iter().sum());
    println!("batches of the first tenth {:.1} ms each, of the last {:.1} ms", mean(first, tenth), mean(last, tenth));
    Ok(vec![
        ("single_update".to_owned(), single.as_secs_f64(), "s"),
        ("backfill".to_owned(), whole.as_secs_f64(), "s"),
        ("backfill_vs_single_update".to_owned(), whole.as_secs_f64() / single.as_secs_f64(), "ratio"),
        ("backfill_last_vs_first_tenth".to_owned(), last / first, "ratio"),
    ])
}

fn mean(seconds: f64, batches: usize) -> f64 {
    seconds * 1e3 / batches as f64
}

fn single_update(template: &Template<'_>) -> Result<Duration, Failure> {
    let database = template.copy("single_update")?;
    database.execute("ALTER TABLE line_items ADD COLUMN store_id bigint")?;
    let took = timed(&database, SINGLE_UPDATE)?;
    println!("one UPDATE of the whole table: {:.2} s", took.as_secs_f64());
    template.discard(&database)?;
    Ok(took)
}

/// The time of the whole backfill, and of each batch in seconds.
fn in_batches(template: &Template<'_>) -> Result<(Duration, Vec<f64>), Failure> {
    let database = template.copy("in_batches")?;
    until_the_backfill(&database)?;
    database.execute(NO_LIMITS)?;
    database.execute(NOTE_BATCHES)?;
    let took = timed(&database, "CALL shardplan.run_backfill()")?;
    let mut client = database.connect()?;
    let left: i64 = client.query_one("SELECT count(*) FROM line_items WHERE store_id IS NULL", &[])?.get(0);
    if left > 0 {
        return Err(format!("the backfill has left {left} rows out").into());
    }
    let rows = client.query("SELECT took FROM batch_times ORDER BY at", &[])?;
    println!("the plan's backfill: {:.2} s, {} batches", took.as_secs_f64(), rows.len());
    drop(client);
    template.discard(&database)?;
    Ok((took, rows.iter().map(|row| row.get(0)).collect()))
}

/// Runs the scripts up to the backfill. That one finds its lock taken, so it makes what it needs and fills nothing.
fn until_the_backfill(database: &Database<'_>) -> Result<(), Failure> {
    let mut other = database.connect()?;
    other.execute("SELECT pg_advisory_lock(hashtext('shardplan_backfill'))", &[])?;
    for (kind, script) in by_plan::scripts(database)? {
        database.psql(&script.text)?;
        if kind == PhaseKind::Backfill {
            break;
        }
    }
    other.execute("SELECT pg_advisory_unlock(hashtext('shardplan_backfill'))", &[])?;
    Ok(())
}

/// Both ways are one statement for the client, which waits for one answer.
fn timed(database: &Database<'_>, statement: &str) -> Result<Duration, Failure> {
    let mut client = database.connect()?;
    client.batch_execute("CHECKPOINT")?;
    let start = Instant::now();
    client.batch_execute(statement)?;
    Ok(start.elapsed())
}
