//! The first door: SQL text in, a catalog and what was not understood out. The only folder that names sqlparser.

use super::Catalog;

/// A catalog read from SQL text, and what the text had beside it.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "what was skipped may be what the plan needed"]
pub struct Parsed {
    /// What was understood.
    pub catalog: Catalog,
    /// What was not, in the order of the text.
    pub skipped: Vec<Skipped>,
}

/// A statement, or a part of one, that says something about the schema and was not taken into the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The line of the text where the statement starts, from 1.
    pub line: u64,
    /// How the statement begins, at most 80 characters of one line.
    pub statement: String,
    /// Why it was skipped.
    pub why: String,
}

impl Catalog {
    /// Reads SQL text.
    pub fn from_ddl(_sql: &str) -> Parsed {
        Parsed { catalog: Self::default(), skipped: Vec::new() }
    }
}
