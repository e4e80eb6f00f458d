//! How far what runs now is: a server comes in, what it tells of backfills, copies and index builds goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use shardplan::TableName;

use super::folder::Folder;
use super::server::Server;
use super::session::{Rows, Session};
use crate::sheet::bytes;

/// Who looks must not wait for what is looked at.
const PATIENCE: &str = "SET statement_timeout = '3s'; SET lock_timeout = '1s';";

/// Of each: what, how much is done and to be done in all, of what, and what else there is to say. The backfill and the copies of shadow
/// tables are batches of ours; to distribute a table, Citus fills its shards by COPY on all nodes.
const PROGRESS: &str = "
SELECT to_regclass('shardplan.progress') IS NOT NULL AS has_progress, to_regclass('pg_catalog.pg_stat_progress_copy') IS NOT NULL
  AND to_regclass('pg_catalog.pg_dist_node') IS NOT NULL AS has_shards \\gset
\\if :has_progress
SELECT target, rows_filled, rows_in_table, 'rows',
  concat_ws(', ', nullif(state, 'running'), rows_per_second || '/s', date_trunc('second', time_left) || ' left')
FROM shardplan.progress WHERE state = 'running' OR state LIKE 'paused%';
\\endif
SELECT format('index of %s: %s', relid::regclass, phase), greatest(blocks_done, tuples_done), greatest(blocks_total, tuples_total),
  CASE WHEN blocks_total > 0 THEN 'blocks' ELSE 'rows' END, ''
FROM pg_stat_progress_create_index WHERE datname = current_database();
\\if :has_shards
SELECT 'shards on all nodes', sum(result::bigint), 0, 'rows copied', '' FROM run_command_on_all_nodes(
  'SELECT coalesce(sum(tuples_processed), 0) FROM pg_stat_progress_copy WHERE datname = current_database()') WHERE success
HAVING sum(result::bigint) > 0;
\\endif
";

/// The tables of the cluster.
const PLACED: &str = "
SELECT to_regclass('pg_catalog.citus_tables') IS NOT NULL AS has_tables \\gset
\\if :has_tables
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.citus_tables AS t
JOIN pg_catalog.pg_class AS c ON c.oid = t.table_name JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE t.citus_table_type IN ('distributed', 'reference');
\\endif
";

/// How far the backfill of each table is; one that is done has no number.
const FILLED: &str = "
SELECT to_regclass('shardplan.progress') IS NOT NULL AS has_progress \\gset
\\if :has_progress
SELECT target, CASE WHEN state <> 'done' THEN coalesce((100 * rows_filled / rows_in_table)::text, 'unknown') END FROM shardplan.progress;
\\endif
";

/// How wide a bar is.
const WIDTH: u64 = 20;

/// How far the rows of a table have got their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// So many percent, where the size of the table is known.
    Partly(Option<u8>),
    /// All.
    Wholly,
}

/// How far one thing is.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Progress {
    what: String,
    done: u64,
    /// 0 where nobody knows.
    total: u64,
    unit: String,
    more: String,
}

impl Progress {
    fn of(row: &[String]) -> Option<Self> {
        let [what, done, total, unit, more] = row else { return None };
        let (done, total) = (done.parse().ok()?, total.parse().unwrap_or(0));
        Some(Self { what: what.clone(), done, total, unit: unit.clone(), more: more.clone() })
    }

    /// How many tables of a plan are in their places, and how much of their bytes where all sizes are known.
    fn of_distribution(folder: &Folder, placed: &BTreeSet<TableName>) -> Option<Self> {
        let size = |table: &TableName| {
            let of_it = folder.catalog.tables.iter().find(|one| one.name == *table)?;
            of_it.statistics.as_ref()?.bytes
        };
        let tables = folder.plan.order.iter().map(|placing| &placing.table);
        let sum = |tables: Vec<&TableName>| tables.into_iter().map(size).sum::<Option<u64>>();
        let done: Vec<&TableName> = tables.clone().filter(|table| placed.contains(table)).collect();
        let (count, total) = (done.len(), folder.plan.order.len());
        let more = match (sum(done), sum(tables.collect())) {
            (Some(done), Some(all)) => format!("{} of {}", bytes(done as f64), bytes(all as f64)),
            _ => String::new(),
        };
        let counts = (u64::try_from(count).ok()?, u64::try_from(total).ok()?);
        Some(Self {
            what: "in their places".to_owned(),
            done: counts.0,
            total: counts.1,
            unit: "tables".to_owned(),
            more,
        })
    }

    /// A bar before the words, where there is a whole to compare with.
    pub(super) fn with_bar(&self) -> String {
        if self.total == 0 {
            return self.to_string();
        }
        let done = self.done.min(self.total);
        let full = usize::try_from(done.saturating_mul(WIDTH) / self.total).unwrap_or(0);
        let empty = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(full);
        format!("{}{} {:>3} % {self}", "█".repeat(full), "░".repeat(empty), done.saturating_mul(100) / self.total)
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.done)?;
        if self.total > 0 {
            // Only the number of rows is a guess.
            write!(f, " of {}{}", if self.unit == "tables" { "" } else { "about " }, self.total)?;
        }
        write!(f, " {}", self.unit)?;
        if self.more.is_empty() { Ok(()) } else { write!(f, ", {}", self.more) }
    }
}

/// A session that only looks. When it is lost, the work goes on, and it is opened again.
pub(crate) struct Watch<'s> {
    server: &'s Server,
    session: Option<Session>,
}

impl<'s> Watch<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self { server, session: None }
    }

    /// What runs now; nothing where nobody can tell. While the tables of a plan are distributed, also how many of them are.
    pub(crate) fn look(&mut self, placing: Option<&Folder>) -> Vec<Progress> {
        let placed = placing.and_then(|folder| Progress::of_distribution(folder, &self.tables(PLACED)));
        let running = self.rows(PROGRESS);
        placed.into_iter().chain(running.iter().filter_map(|row| Progress::of(row))).collect()
    }

    /// How far the backfill of each table is, as long as there is one.
    pub(crate) fn filled(&mut self) -> BTreeMap<TableName, Filled> {
        let of = |row: &Vec<String>| {
            let [table, percent] = &row[..] else { return None };
            let filled = if percent.is_empty() {
                Filled::Wholly
            } else {
                Filled::Partly(percent.parse().ok().map(|percent: u64| percent.min(99) as u8))
            };
            Some((table.parse().ok()?, filled))
        };
        self.rows(FILLED).iter().filter_map(of).collect()
    }

    /// Names of tables, one in each row.
    fn tables(&mut self, query: &str) -> BTreeSet<TableName> {
        self.rows(query).iter().filter_map(|row| row.first()?.parse().ok()).collect()
    }

    /// The rows of a query; none where nobody can tell.
    fn rows(&mut self, query: &str) -> Vec<Vec<String>> {
        if self.session.is_none() {
            self.session = Session::open(self.server, Rows::Bare).ok();
            let is_patient = self.session.as_mut().is_some_and(|session| session.rows(PATIENCE).is_ok());
            self.session.take_if(|_| !is_patient);
        }
        let Some(rows) = self.session.as_mut().map(|session| session.rows(query)) else { return Vec::new() };
        rows.unwrap_or_else(|_| {
            self.session = None;
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    fn shown(done: &str, total: &str) -> String {
        let row = ["public.orders", done, total, "rows", "30000/s, 00:01:02 left"].map(str::to_owned);
        Progress::of(&row).unwrap().with_bar()
    }

    #[test]
    fn a_bar_grows_from_nothing_to_the_whole() {
        let words = "public.orders: 300 of about 1200 rows, 30000/s, 00:01:02 left";
        assert_eq!(shown("300", "1200"), format!("█████░░░░░░░░░░░░░░░  25 % {words}"));
        assert!(shown("0", "7").starts_with("░░░░░░░░░░░░░░░░░░░░   0 %"));
        // An estimate may be too low.
        assert!(shown("9", "7").starts_with("████████████████████ 100 %"));
        assert_eq!(shown("9", "0"), "public.orders: 9 rows, 30000/s, 00:01:02 left");
        assert_eq!(shown("9", ""), shown("9", "0"));
    }
}
