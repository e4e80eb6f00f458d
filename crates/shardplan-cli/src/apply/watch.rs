//! How far what runs now is: a server comes in, what it tells of backfills, copies and index builds goes out. Knows no plan.

use std::fmt;

use super::server::Server;
use super::session::{Rows, Session};

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

/// How wide a bar is.
const WIDTH: u64 = 20;

/// How far one thing is.
#[derive(Debug, PartialEq, Eq)]
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
            write!(f, " of about {}", self.total)?;
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

    /// What runs now; nothing where nobody can tell.
    pub(crate) fn look(&mut self) -> Vec<Progress> {
        if self.session.is_none() {
            self.session = Session::open(self.server, Rows::Bare).ok();
            let is_patient = self.session.as_mut().is_some_and(|session| session.rows(PATIENCE).is_ok());
            self.session.take_if(|_| !is_patient);
        }
        let Some(rows) = self.session.as_mut().map(|session| session.rows(PROGRESS)) else { return Vec::new() };
        rows.map_or_else(
            |_| {
                self.session = None;
                Vec::new()
            },
            |rows| rows.iter().filter_map(|row| Progress::of(row)).collect(),
        )
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
