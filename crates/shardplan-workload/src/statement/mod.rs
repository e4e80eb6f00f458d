//! Statements of an application: logs, files, a server's statistics and the bodies in a catalog come in, texts with their weight
//! and their place go out. Knows no placement.

mod bodies;
mod csv;
mod export;
mod file;
mod log;
mod plpgsql;
mod reading;
mod server;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use serde::Serialize;
use shardplan::{Name, QualifiedName, TableName};

pub use bodies::{Bodies, read_catalog};
pub use file::read_sql;
pub use log::{BadLog, read_log};
pub(crate) use plpgsql::{Part, parts};
pub use reading::{BadLine, Reading};
pub use server::{NoStatistics, read_server};

/// A statement that an application runs, or that lives in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text as it was found; constants may have been replaced by `$1`, `?` or `:name`.
    pub text: Arc<str>,
    /// How often it ran; 1 for what stands in a file or in the catalog.
    pub calls: u64,
    /// For how long all these calls ran together; zero where nobody measured it.
    pub time: Duration,
    /// Where it comes from.
    pub source: Source,
}

/// Where a statement comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Source {
    /// `pg_stat_statements`.
    Statistics,
    /// A log of the server.
    Log {
        /// The file.
        file: Arc<str>,
        /// The line of the file on which the record starts, from 1.
        line: u64,
    },
    /// A file of SQL.
    File {
        /// The file.
        file: Arc<str>,
        /// The line of the file, from 1.
        line: u64,
    },
    /// The body of a function or procedure.
    Function {
        /// Its name.
        name: QualifiedName,
        /// The line of its body, as PostgreSQL counts in messages: the one with the opening quote is 1.
        line: u64,
    },
    /// A view or materialized view.
    View(TableName),
    /// A rewrite rule of a table.
    Rule {
        /// Its table.
        table: TableName,
        /// Its name.
        name: Name,
    },
    /// A row security policy.
    Policy {
        /// Its table.
        table: TableName,
        /// Its name.
        name: Name,
    },
}

impl Source {
    /// Whether it lives in the database, so that nobody counts how often it runs.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Function { .. } | Self::View(_) | Self::Rule { .. } | Self::Policy { .. })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Statistics => f.write_str("pg_stat_statements"),
            Self::Log { file, line } | Self::File { file, line } => write!(f, "{file}:{line}"),
            Self::Function { name, line } => write!(f, "function {name}, line {line}"),
            Self::View(name) => write!(f, "view {name}"),
            Self::Rule { table, name } => write!(f, "rule {name} on {table}"),
            Self::Policy { table, name } => write!(f, "policy {name} on {table}"),
        }
    }
}

/// Statements of the same text as one, with the calls and the time of all; the first place that one was found at stays. What lives
/// in the database is never merged: each place is one that has to be edited.
#[must_use]
pub fn merged(statements: Vec<Statement>) -> Vec<Statement> {
    let mut places: HashMap<Arc<str>, usize> = HashMap::default();
    let mut kept: Vec<Statement> = Vec::with_capacity(statements.len());
    for statement in statements {
        if statement.source.is_stored() {
            kept.push(statement);
            continue;
        }
        let place = *places.entry(Arc::clone(&statement.text)).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(before) => {
                before.calls = before.calls.saturating_add(statement.calls);
                before.time = before.time.saturating_add(statement.time);
            }
            None => kept.push(statement),
        }
    }
    kept
}
