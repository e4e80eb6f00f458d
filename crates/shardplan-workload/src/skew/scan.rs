//! Every row counted: a connection and a classification come in, exact spreads go out. The only place of the crate that reads
//! tables.

use std::fmt::Write;
use std::time::Duration;

use shardplan::postgres::fallible_iterator::FallibleIterator;
use shardplan::postgres::{Client, IsolationLevel, Transaction};
use shardplan::{Classification, Classified, Error, Path, Placement};

use super::spread::{Evidence, Spread, distributed, unknown};

/// How to scan.
#[derive(Debug, Clone)]
pub struct ScanOptions {
    /// How long each table's query may run; zero for any time.
    pub timeout: Duration,
    /// How many tenants of a table are kept by name, the largest; all others are added up.
    pub most_named: usize,
}

impl Default for ScanOptions {
    /// Any time, and 100,000 tenants by name.
    fn default() -> Self {
        Self { timeout: Duration::ZERO, most_named: 100_000 }
    }
}

/// Counts the rows of each tenant in all distributed tables, in one read-only transaction that sees one moment. The key of a
/// table that does not hold it yet is found over its path.
///
/// # Errors
/// [`Error::Database`] when the server refuses a query, or one takes longer than it may.
pub fn scan(
    client: &mut Client,
    classification: &Classification<'_>,
    options: &ScanOptions,
) -> Result<Vec<Spread>, Error> {
    let failed = |source| Error::Database { what: "the rows of each tenant", source };
    let builder = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let mut transaction = builder.start().map_err(failed)?;
    transaction.batch_execute(&settings(options.timeout)).map_err(failed)?;
    let mut spreads = Vec::new();
    for one in distributed(classification) {
        let spread = unknown(classification, one);
        let sql = query(one);
        spreads.push(count(&mut transaction, &sql, spread, options.most_named).map_err(failed)?);
    }
    transaction.commit().map_err(failed)?;
    Ok(spreads)
}

/// Values print as [`KeyHash`](super::KeyHash) reads them, and a policy that hides rows is an error. The search path stays: operators of
/// extensions are found by it.
fn settings(timeout: Duration) -> String {
    format!(
        "SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex';
         SET LOCAL extra_float_digits = 3; SET LOCAL row_security = off; SET LOCAL statement_timeout = {}",
        timeout.as_millis()
    )
}

/// Value, rows and bytes of the whole table, the tenants with the most rows first.
fn query(one: &Classified<'_>) -> String {
    let table = one.table.name.qualified();
    let (mut joins, mut key) = (String::new(), String::new());
    if let Placement::Distributed { column, backfill } = &one.placement {
        let (alias, column) = match backfill {
            None => (0, column),
            Some(path) => {
                joins = self::joins(path);
                (path.hops.len(), &path.column)
            }
        };
        let _ = write!(key, "t{alias}.{column}");
    }
    format!("SELECT {key}::text, count(*) FROM {table} AS t0{joins} GROUP BY {key} ORDER BY count(*) DESC, {key}")
}

/// Outer ones: a row whose path ends early has no tenant, and is counted as such.
fn joins(path: &Path) -> String {
    let mut text = String::new();
    for (at, hop) in path.hops.iter().enumerate() {
        let _ = write!(text, " LEFT JOIN {} AS t{} ON ", hop.to.qualified(), at + 1);
        for (nth, pair) in hop.columns.iter().enumerate() {
            let and = if nth == 0 { "" } else { " AND " };
            let _ = write!(text, "{and}t{at}.{} = t{}.{}", pair.from, at + 1, pair.to);
        }
    }
    text
}

fn count(
    transaction: &mut Transaction<'_>,
    sql: &str,
    mut spread: Spread,
    most_named: usize,
) -> Result<Spread, shardplan::postgres::Error> {
    spread = Spread { rows: 0.0, rest_rows: 0.0, evidence: Evidence::Counted, ..spread };
    let mut rows = transaction.query_raw(sql, std::iter::empty::<i32>())?;
    while let Some(row) = rows.next()? {
        let (value, count) = (row.try_get::<_, Option<String>>(0)?, row.try_get::<_, i64>(1)? as f64);
        spread.rows += count;
        match value {
            None => spread.keyless += count,
            Some(value) if spread.named.len() < most_named => spread.named.push((value, count)),
            Some(_) => {
                spread.rest_rows += count;
                spread.rest_tenants += 1.0;
            }
        }
    }
    Ok(spread)
}
