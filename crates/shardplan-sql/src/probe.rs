//! A question to the data comes in, a query that counts the rows that it is about goes out.

use shardplan::{Name, Path, Probe, TableName};

use crate::path::{end, joins};
use crate::quote::name_literal;

/// The query that answers a probe: one row with one number.
#[must_use]
pub fn probe_query(probe: &Probe) -> String {
    match probe {
        Probe::NoKeyAlong { table, path } => {
            let joins = joins(&path.hops, "LEFT JOIN", "p");
            format!(
                "SELECT count(*) FROM {} AS t{joins} WHERE {}.{} IS NULL",
                table.qualified(),
                end(path, "p"),
                path.column
            )
        }
        Probe::PathsDisagree { table, chosen, column, other } => {
            disagree(table, chosen.as_ref(), column.as_ref(), other)
        }
        Probe::Deleted { table } => activity(table, "n_tup_del"),
        // An update that changes an indexed column is never a HOT one.
        Probe::KeyUpdated { table } => activity(table, "n_tup_upd - n_tup_hot_upd"),
        Probe::IsNull { table, column } => {
            format!("SELECT count(*) FROM {} AS t WHERE t.{column} IS NULL", table.qualified())
        }
        Probe::NotInRoot { table, column, root, root_column } => format!(
            "SELECT count(*) FROM {} AS t WHERE t.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM {} AS r WHERE r.{root_column} = t.{column})",
            table.qualified(),
            root.qualified()
        ),
    }
}

/// Of a table and its partitions, since the statistics were reset.
fn activity(table: &TableName, counted: &str) -> String {
    let table = name_literal(table);
    format!(
        "SELECT coalesce(sum({counted}), 0)::bigint FROM pg_stat_all_tables WHERE relid = {table}::regclass OR relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = {table}::regclass)"
    )
}

fn disagree(table: &TableName, chosen: Option<&Path>, column: Option<&Name>, other: &Path) -> String {
    let (chosen_joins, chosen_key) = match chosen {
        Some(path) => (joins(&path.hops, "JOIN", "p"), format!("{}.{}", end(path, "p"), path.column)),
        None => (String::new(), column.map(|column| format!("t.{column}")).unwrap_or_default()),
    };
    format!(
        "SELECT count(*) FROM {} AS t{chosen_joins}{} WHERE {chosen_key} IS DISTINCT FROM {}.{}",
        table.qualified(),
        joins(&other.hops, "JOIN", "q"),
        end(other, "q"),
        other.column
    )
}

/// Whether no row of the table has another key in the column than the path gives; rows to which it gives none do not count.
pub(crate) fn agrees(table: &TableName, column: &Name, path: &Path) -> String {
    let (joins, key) = (joins(&path.hops, "JOIN", "p"), end(path, "p"));
    format!(
        "SELECT NOT EXISTS (SELECT FROM {} AS t{joins} WHERE t.{column} <> {key}.{})",
        table.qualified(),
        path.column
    )
}
