//! A question to the data comes in, a query that counts the rows that it is about goes out.

use std::fmt;

use shardplan::{Name, Path, Probe, TableName};

use crate::path::{end, joins};
use crate::put::{Put, Shown, qualified};
use crate::quote::name_literal;

/// The query that answers a probe: one row with one number.
#[must_use]
pub fn probe_query(probe: &Probe) -> String {
    query(probe).to_string()
}

/// [`probe_query`], to be written.
pub(crate) fn query(probe: &Probe) -> Shown<Query<'_>> {
    Shown(Query(probe))
}

/// What [`query`] makes.
pub(crate) struct Query<'p>(&'p Probe);

impl Put for Query<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let count = |table| ("SELECT count(*) FROM ", qualified(table), " AS t");
        match self.0 {
            Probe::NoKeyAlong { table, path } => {
                let joins = joins(&path.hops, "LEFT JOIN", "p");
                (count(table), joins, " WHERE ", end(path, "p"), ".", &path.column, " IS NULL").put(to)
            }
            Probe::PathsDisagree { table, chosen, column, other } => {
                count(table).put(to)?;
                disagree(to, chosen.as_ref(), column.as_ref(), other)
            }
            Probe::Deleted { table } => activity(to, table, "n_tup_del"),
            // An update that changes an indexed column is never a HOT one.
            Probe::KeyUpdated { table } => activity(to, table, "n_tup_upd - n_tup_hot_upd"),
            Probe::IsNull { table, column } => (count(table), " WHERE t.", column, " IS NULL").put(to),
            Probe::NotInRoot { table, column, root, root_column } => {
                (count(table), " WHERE t.", column, " IS NOT NULL AND NOT EXISTS (SELECT FROM ").put(to)?;
                (qualified(root), " AS r WHERE r.", root_column, " = t.", column, ")").put(to)
            }
        }
    }
}

/// Of a table and its partitions, since the statistics were reset.
fn activity<W: fmt::Write + ?Sized>(to: &mut W, table: &TableName, counted: &str) -> fmt::Result {
    let table = name_literal(table);
    ("SELECT coalesce(sum(", counted, "), 0)::bigint FROM pg_stat_all_tables WHERE relid = ", &table).put(to)?;
    ("::regclass OR relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = ", &table, "::regclass)").put(to)
}

fn disagree<W: fmt::Write + ?Sized>(
    to: &mut W,
    chosen: Option<&Path>,
    column: Option<&Name>,
    other: &Path,
) -> fmt::Result {
    chosen.map(|path| joins(&path.hops, "JOIN", "p")).put(to)?;
    (joins(&other.hops, "JOIN", "q"), " WHERE ").put(to)?;
    match chosen {
        Some(path) => (end(path, "p"), ".", &path.column).put(to)?,
        None => column.map(|column| ("t.", column)).put(to)?,
    }
    (" IS DISTINCT FROM ", end(other, "q"), ".", &other.column).put(to)
}

/// Whether no row of the table has another key in the column than the path gives; rows to which it gives none do not count.
pub(crate) fn agrees<'p>(table: &'p TableName, column: &'p Name, path: &'p Path) -> impl Put + 'p {
    let rows = ("SELECT NOT EXISTS (SELECT FROM ", qualified(table), " AS t", joins(&path.hops, "JOIN", "p"));
    (rows, " WHERE t.", column, " <> ", end(path, "p"), ".", &path.column, ")")
}
