//! How far what runs now is: a server comes in, what it tells of backfills, copies and index builds goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use shardplan::TableName;

use super::copies::Copies;
use super::folder::Folder;
use super::progress::{Pace, Progress};
use super::server::Server;
use super::session::{Rows, Session};

/// Who looks must not wait for what is looked at.
const PATIENCE: &str = "SET statement_timeout = '3s'; SET lock_timeout = '1s';";

/// Of each: what, how much is done and to be done in all, of what, and what else there is to say. The backfill and the copies of shadow
/// tables are batches of ours.
const PROGRESS: &str = "
SELECT to_regclass('shardplan.progress') IS NOT NULL AS has_progress \\gset
\\if :has_progress
SELECT target, rows_filled, rows_in_table, 'rows',
  concat_ws(', ', nullif(state, 'running'), rows_per_second || '/s', date_trunc('second', time_left) || ' left')
FROM shardplan.progress WHERE state = 'running' OR state LIKE 'paused%';
\\endif
SELECT format('index of %s: %s', relid::regclass, phase), greatest(blocks_done, tuples_done), greatest(blocks_total, tuples_total),
  CASE WHEN blocks_total > 0 THEN 'blocks' ELSE 'rows' END, ''
FROM pg_stat_progress_create_index WHERE datname = current_database();
";

/// To distribute a table, Citus fills its shards by COPY on all nodes: the node, which of its copies, and the rows so far.
const COPIES: &str = "
SELECT to_regclass('pg_catalog.pg_stat_progress_copy') IS NOT NULL
  AND to_regclass('pg_catalog.pg_dist_node') IS NOT NULL AS has_shards \\gset
\\if :has_shards
SELECT nodeid, split_part(copy, ' ', 1), split_part(copy, ' ', 2) FROM run_command_on_all_nodes(
  'SELECT string_agg(format(''%s/%s %s'', pid, relid, tuples_processed), '','') FROM pg_stat_progress_copy
   WHERE datname = current_database() AND command = ''COPY FROM''') AS node, unnest(string_to_array(node.result, ',')) AS copy
WHERE node.success;
\\endif
";

/// The tables of the cluster. Those that Citus only knows of, because of a foreign key, have neither a column nor a group.
const PLACED: &str = "
SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL AS has_tables \\gset
\\if :has_tables
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_dist_partition AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.logicalrelid JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE p.partkey IS NOT NULL OR p.colocationid <> 0;
\\endif
";

/// How far the backfill of each table is; one that is done has no number.
const FILLED: &str = "
SELECT to_regclass('shardplan.progress') IS NOT NULL AS has_progress \\gset
\\if :has_progress
SELECT target, CASE WHEN state <> 'done' THEN coalesce((100 * rows_filled / rows_in_table)::text, 'unknown') END FROM shardplan.progress;
\\endif
";

/// How far the rows of a table have got their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// So many percent, where the size of the table is known.
    Partly(Option<u8>),
    /// All.
    Wholly,
}

/// A session that only looks. When it is lost, or something may not be seen, the work goes on, and it is opened again.
pub(crate) struct Watch<'s> {
    server: &'s Server,
    session: Option<Session>,
    copies: Copies,
    pace: Pace,
}

impl<'s> Watch<'s> {
    pub(crate) fn new(server: &'s Server) -> Self {
        Self { server, session: None, copies: Copies::default(), pace: Pace::default() }
    }

    /// What runs now; nothing where nobody can tell. While the tables of a plan are distributed, also how many of them are, and how
    /// far the one in hand is.
    pub(crate) fn look(&mut self, placing: Option<&Folder>) -> Vec<Progress> {
        let mut running = Vec::new();
        if let Some(folder) = placing {
            let placed = self.tables(PLACED);
            running.extend(Progress::of_distribution(folder, &placed));
            let copies = self.rows(COPIES);
            running.extend(self.copies.seen(folder, &placed, &copies));
        }
        running.extend(self.rows(PROGRESS).iter().filter_map(|row| Progress::of(row)));
        self.pace.tell(&mut running, Instant::now());
        running
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
