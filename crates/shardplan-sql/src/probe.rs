//! A question to the data comes in, a query that counts the rows that it is about goes out.

use std::fmt::Write;

use shardplan::{Name, Path, Probe, TableName};

/// The query that answers a probe: one row with one number.
#[must_use]
pub fn probe_query(probe: &Probe) -> String {
    match probe {
        Probe::NoKeyAlong { table, path } => {
            let joins = joins(path, "LEFT JOIN", "p");
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

fn disagree(table: &TableName, chosen: Option<&Path>, column: Option<&Name>, other: &Path) -> String {
    let (chosen_joins, chosen_key) = match chosen {
        Some(path) => (joins(path, "JOIN", "p"), format!("{}.{}", end(path, "p"), path.column)),
        None => (String::new(), column.map(|column| format!("t.{column}")).unwrap_or_default()),
    };
    format!(
        "SELECT count(*) FROM {} AS t{chosen_joins}{} WHERE {chosen_key} IS DISTINCT FROM {}.{}",
        table.qualified(),
        joins(other, "JOIN", "q"),
        end(other, "q"),
        other.column
    )
}

/// Whether no row of the table has another key in the column than the path gives; rows to which it gives none do not count.
pub(crate) fn agrees(table: &TableName, column: &Name, path: &Path) -> String {
    let (joins, key) = (joins(path, "JOIN", "p"), end(path, "p"));
    format!(
        "SELECT NOT EXISTS (SELECT FROM {} AS t{joins} WHERE t.{column} <> {key}.{})",
        table.qualified(),
        path.column
    )
}

/// ` JOIN orders AS p1 ON t.order_id = p1.order_id JOIN …`
fn joins(path: &Path, join: &str, prefix: &str) -> String {
    let mut text = String::new();
    for (at, hop) in path.hops.iter().enumerate() {
        let from = alias(prefix, at);
        let to = alias(prefix, at + 1);
        let on: Vec<String> =
            hop.columns.iter().map(|pair| format!("{from}.{} = {to}.{}", pair.from, pair.to)).collect();
        let _ = write!(text, " {join} {} AS {to} ON {}", hop.to.qualified(), on.join(" AND "));
    }
    text
}

/// The alias of the table after `hops` hops; the table itself is `t`.
pub(crate) fn alias(prefix: &str, hops: usize) -> String {
    if hops == 0 { "t".to_owned() } else { format!("{prefix}{hops}") }
}

fn end(path: &Path, prefix: &str) -> String {
    alias(prefix, path.hops.len())
}
