//! The first door: SQL text in, a catalog and what was not understood out. It must not know servers, graphs or plans.
//!
//! The only folder that names sqlparser. Its tokenizer reads the words (`tokenize`, behind `lex`). The statements are read
//! here, because its parser refuses a whole statement for one clause that it does not know, spells expressions its own way and
//! stops at a fixed depth; in the tests it checks what views read.

mod alter;
mod apply;
mod clone;
mod column;
mod constraint;
mod cursor;
mod draft;
mod drop;
mod extension;
mod global;
mod index;
mod inherit;
mod lex;
mod like;
mod literal;
mod reads;
mod rename;
mod resolve;
mod routine;
mod sequence;
mod split;
mod statement;
mod table;
#[cfg(test)]
mod tests;
mod tokenize;
mod trigger;
mod types;
mod userdef;
mod view;

pub(crate) use self::drop::mentions;
pub use self::split::split_statements;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::cursor::Cursor;
use self::draft::{Draft, Place};
use self::split::Statements;
use super::Catalog;

/// A catalog read from SQL text, and what the text had beside it.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "what was skipped may be what the plan needed"]
pub struct Parsed {
    /// What was understood.
    pub catalog: Catalog,
    /// What was not, in the order of the text; the catalog has it too.
    pub skipped: Vec<Skipped>,
}

/// A statement, or a part of one, that says something about the schema and was not taken into the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// The file, where whoever read the text knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of the text, or of the file, where the statement starts, from 1.
    pub line: u64,
    /// How the statement begins, at most 80 characters of one line.
    pub statement: String,
    /// Why it was skipped.
    pub why: String,
}

impl fmt::Display for Skipped {
    /// `schema.sql:12: CREATE …`, without a file `line 12: CREATE …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}: {}", self.line, self.statement),
            None => write!(f, "line {}: {}", self.line, self.statement),
        }
    }
}

/// The most characters of a statement that [`Skipped`] repeats.
const HEAD: usize = 80;

impl Catalog {
    /// Reads SQL text: hand-written DDL, migrations one after the other, or the output of `pg_dump --schema-only`.
    ///
    /// The statements count in their order, as if a server ran them, so what a later one drops or renames is gone or renamed.
    /// Names without a schema follow `search_path` (`public` unless the text sets it); names that nobody gave are chosen as
    /// PostgreSQL chooses them. Expressions stay as they were written.
    ///
    /// It never fails: what says something about tables and was not understood is in [`Parsed::skipped`]. Statements that say
    /// nothing about the model (queries, grants, settings, …) are passed over.
    ///
    /// ```
    /// let parsed = shardplan::Catalog::from_ddl("CREATE TABLE stores (store_id bigint PRIMARY KEY);");
    /// assert_eq!(parsed.catalog.tables[0].columns[0].name, "store_id");
    /// assert!(parsed.skipped.is_empty());
    /// ```
    pub fn from_ddl(sql: &str) -> Parsed {
        let mut draft = Draft::new();
        for found in Statements::new(sql) {
            let at = Cursor::new(sql, &found.tokens);
            let head = found.tokens.first().map_or("", |token| sql[token.start..].lines().next().unwrap_or(""));
            draft.place = Place { line: found.line, statement: head.chars().take(HEAD).collect() };
            if let Err(why) = statement::read(at, &mut draft) {
                draft.skip(why);
            }
        }
        let (mut catalog, skipped) = resolve::finish(draft);
        catalog.skipped.clone_from(&skipped);
        Parsed { catalog, skipped }
    }
}
