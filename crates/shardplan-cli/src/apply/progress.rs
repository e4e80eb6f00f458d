//! Numbers that a server tells of what runs come in; a line with a bar, a rate and the time left goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;
use shardplan::TableName;

use super::folder::Folder;
use crate::sheet::bytes;

/// How wide a bar is.
const WIDTH: u64 = 20;

/// What is counted one by one, and has no pace.
const TABLES: &str = "tables";

/// For so long nobody can say how fast something is.
const BEGINNING: Duration = Duration::from_secs(2);

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
    pub(super) fn of(row: &[String]) -> Option<Self> {
        let [what, done, total, unit, more] = row else { return None };
        let (done, total) = (done.parse().ok()?, total.parse().unwrap_or(0));
        Some(Self { what: what.clone(), done, total, unit: unit.clone(), more: more.clone() })
    }

    /// So many of about so many.
    pub(super) fn counted(what: String, done: u64, total: u64, unit: &str) -> Self {
        Self { what, done, total, unit: unit.to_owned(), more: String::new() }
    }

    /// How many tables of a plan are in their places, and how much of their bytes where all sizes are known.
    pub(super) fn of_distribution(folder: &Folder, placed: &BTreeSet<TableName>) -> Option<Self> {
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
        let (count, total) = (u64::try_from(count).ok()?, u64::try_from(total).ok()?);
        Some(Self { more, ..Self::counted("in their places".to_owned(), count, total, TABLES) })
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
            write!(f, " of {}{}", if self.unit == TABLES { "" } else { "about " }, self.total)?;
        }
        write!(f, " {}", self.unit)?;
        if self.more.is_empty() { Ok(()) } else { write!(f, ", {}", self.more) }
    }
}

/// How fast each thing is since it was first seen, for those of which the server does not say it.
#[derive(Debug, Default)]
pub(super) struct Pace {
    since: BTreeMap<String, (Instant, u64)>,
}

impl Pace {
    /// Adds a rate and the time left to what runs now, and forgets the rest.
    pub(super) fn tell(&mut self, running: &mut [Progress], now: Instant) {
        let mut since = BTreeMap::new();
        for one in running.iter_mut().filter(|one| one.more.is_empty() && one.unit != TABLES) {
            let known = self.since.get(&one.what).copied().filter(|(_, done)| *done <= one.done);
            let (first, done) = known.unwrap_or((now, one.done));
            one.more = more(one, now.duration_since(first), one.done - done);
            since.insert(one.what.clone(), (first, done));
        }
        self.since = since;
    }
}

/// `30000/s, 00:01:02 left`, as the server says it of a backfill.
fn more(one: &Progress, spent: Duration, done: u64) -> String {
    let rate = u128::from(done) * 1_000 / spent.as_millis().max(1);
    if spent < BEGINNING || rate == 0 {
        return String::new();
    }
    let left = u128::from(one.total.saturating_sub(one.done)) / rate;
    let left = if one.done < one.total {
        format!(", {:02}:{:02}:{:02} left", left / 3600, left / 60 % 60, left % 60)
    } else {
        String::new()
    };
    format!("{rate}/s{left}")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Pace, Progress};

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

    #[test]
    fn a_rate_is_told_once_it_is_known() {
        let (mut pace, begun) = (Pace::default(), Instant::now());
        let mut at = |seconds: u64, done: u64, total: u64| {
            let mut running = [Progress::counted("public.orders".to_owned(), done, total, "rows copied")];
            pace.tell(&mut running, begun + Duration::from_secs(seconds));
            running[0].to_string()
        };
        assert_eq!(at(0, 500, 40_000), "public.orders: 500 of about 40000 rows copied");
        assert_eq!(at(1, 600, 40_000), "public.orders: 600 of about 40000 rows copied");
        assert_eq!(at(10, 1_500, 40_000), "public.orders: 1500 of about 40000 rows copied, 100/s, 00:06:25 left");
        // More rows than the statistics knew of, then nobody knows how many.
        assert_eq!(at(20, 42_500, 40_000), "public.orders: 42500 of about 40000 rows copied, 2100/s");
        assert_eq!(at(25, 50_500, 0), "public.orders: 50500 rows copied, 2000/s");
        // It has begun anew.
        assert_eq!(at(30, 7, 0), "public.orders: 7 rows copied");
    }

    #[test]
    fn what_says_more_itself_is_left_alone() {
        let mut pace = Pace::default();
        let row = ["public.orders", "300", "1200", "rows", "paused"].map(str::to_owned);
        let mut running =
            [Progress::of(&row).unwrap(), Progress::counted("in their places".to_owned(), 1, 4, "tables")];
        pace.tell(&mut running, Instant::now());
        pace.tell(&mut running, Instant::now() + Duration::from_secs(9));
        assert_eq!(running.map(|one| one.more), ["paused", ""]);
    }
}
