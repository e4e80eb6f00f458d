//! The few ways in which a call can fail, one variant per thing that a caller can act on.

use crate::name::{Name, TableName};

/// What went wrong, with which object, and what to do about it.
///
/// The message never repeats the cause: that is in [`std::error::Error::source`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that should be a name is not one.
    #[error("`{text}` is not a name: {why}")]
    InvalidName {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A table was named that the catalog does not have.
    #[error("no table `{table}` in the catalog{}", hint(.similar))]
    UnknownTable {
        /// The name as given.
        table: TableName,
        /// Tables of that name in other schemas or with a similar name.
        similar: Vec<TableName>,
    },
    /// A column was named that its table does not have.
    #[error("table `{table}` has no column `{column}`; it has {}", list(.columns))]
    UnknownColumn {
        /// The table.
        table: TableName,
        /// The column as given.
        column: Name,
        /// The columns that the table has.
        columns: Vec<Name>,
    },
    /// A table was named that cannot hold the distribution key.
    #[error("`{table}` cannot be the root of the distribution: {why}")]
    UnsuitableRoot {
        /// The table.
        table: TableName,
        /// What stands against it.
        why: String,
    },
    /// A catalog contradicts itself: a reference leads nowhere, or a name stands twice.
    #[error("{object} refers to {missing}, which the catalog does not have; add it, or take the reference out")]
    Dangling {
        /// What refers, for example ``foreign key `orders_store_id_fkey` of table `orders` ``.
        object: String,
        /// What it refers to, for example ``table `stores` ``.
        missing: String,
    },
    /// A catalog has the same object twice.
    #[error("{object} stands twice in the catalog; remove one of them")]
    Duplicate {
        /// What stands twice, for example ``table `orders` ``.
        object: String,
    },
    /// A catalog without a single table: nothing can be planned.
    #[error("the catalog has no tables; check that the schema text or the database is the right one")]
    EmptyCatalog,
    /// A word that should name a strategy does not.
    #[error("unknown strategy `{text}`, expected one of {known}")]
    UnknownStrategy {
        /// The word as given.
        text: String,
        /// All strategies, between backquotes.
        known: String,
    },
    /// A text that should be a copy rate or a limit is none.
    #[error("`{text}` is not {expected}")]
    InvalidNumber {
        /// The text as given.
        text: String,
        /// What it should have been.
        expected: &'static str,
    },
    /// An override that cannot be followed.
    #[error("{}override for {target}: {why}", before(.place))]
    Override {
        /// Where it stands in the override file, for example ``line 3, `tables.orders` ``; `None` for what no file says.
        place: Option<String>,
        /// What the override names, for example ``table `orders` `` or a place in the file.
        target: String,
        /// Why it cannot be followed.
        why: String,
    },
    /// A target was named that is not known.
    #[error("unknown target `{text}`; choose one of {choices}")]
    UnknownTarget {
        /// The text as given.
        text: String,
        /// The targets that there are.
        choices: String,
    },
    /// A text that should be TOML of the override file is not.
    #[error("the override file cannot be read: {message}")]
    OverrideSyntax {
        /// The place and the problem, as the TOML reader gives them (line, column, key).
        message: String,
    },
    /// A text that should be a catalog in JSON is not.
    #[error("this is not a `{expected}` document in JSON")]
    Json {
        /// The kind of document that was expected.
        expected: &'static str,
        /// Line, column and problem.
        #[source]
        source: serde_json::Error,
    },
    /// A JSON document of another kind or of another version.
    #[error("expected a `{expected}` of version {supported}, found `{found}` of version {version}; {advice}")]
    JsonVersion {
        /// The kind that was expected, for example `shardplan-catalog`.
        expected: &'static str,
        /// The version that this build reads.
        supported: u32,
        /// The kind found.
        found: String,
        /// The version found.
        version: u64,
        /// What to do.
        advice: &'static str,
    },
    /// A connection string that is none, or says what cannot be.
    #[error("the connection string cannot be used")]
    ConnectionString {
        /// What is wrong with it; the string itself is not repeated, because a password may be in it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server could not be reached.
    #[error("cannot connect to {target}")]
    Connect {
        /// Host, port and database, without a password.
        target: String,
        /// What the driver said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A server older than PostgreSQL 11.
    #[error("the server is PostgreSQL {found}; shardplan reads PostgreSQL {oldest} and later")]
    ServerTooOld {
        /// The version found.
        found: String,
        /// The oldest major version that is supported.
        oldest: u32,
    },
    /// The role may not read something that a plan needs.
    #[error("role `{role}` may not read {object}; run: {grant}")]
    NotPermitted {
        /// The role that is connected.
        role: Name,
        /// What it may not read.
        object: String,
        /// The statement that lets it.
        grant: String,
    },
    /// The server refused a catalog query, or the connection broke.
    #[error("reading {what} from the server failed")]
    Database {
        /// What was being read.
        what: &'static str,
        /// What the driver said.
        #[source]
        source: postgres::Error,
    },
    /// The server's catalog holds a code that this version does not know.
    #[error("{object} has an unknown {what} code `{code}`; this server version may be newer than this shardplan")]
    UnknownCode {
        /// The object that has it.
        object: String,
        /// Which attribute.
        what: &'static str,
        /// The code.
        code: String,
    },
}

impl Error {
    pub(crate) fn invalid_name(text: &str, why: &str) -> Self {
        Self::InvalidName { text: text.to_owned(), why: why.to_owned() }
    }
}

fn before(place: &Option<String>) -> String {
    place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default()
}

fn list(names: &[Name]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn hint(similar: &[TableName]) -> String {
    if similar.is_empty() {
        return String::new();
    }
    let names: Vec<_> = similar.iter().map(|table| format!("`{table}`")).collect();
    format!("; did you mean {}?", names.join(" or "))
}
