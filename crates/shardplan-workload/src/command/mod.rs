//! Commands that are no queries: the text of one comes in, what it does to which table goes out. Knows no placement.

mod alter;
mod read;

use shardplan::Name;

pub(crate) use read::rule_actions;

use crate::parse::{Unread, within_bounds};

/// A table as a command names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableRef {
    pub(crate) schema: Option<Name>,
    pub(crate) name: Name,
}

/// What a command does to a table, as far as Citus makes a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Deed {
    /// What Citus does on all shards as it is: locks, empties, indexes, vacuums, alters …
    Runs,
    /// A part of ALTER TABLE that Citus does not take.
    Unsupported,
    /// A constraint that is added together with something else.
    WithConstraint,
    /// A new name for a constraint.
    RenamesConstraint,
    /// Another type for a column, no column, or a column that takes NULL.
    Column(Name),
    /// A constraint that keeps rows apart by these columns.
    Unique(Vec<Name>),
    /// A unique index on these columns.
    UniqueIndex(Vec<Name>),
    /// A column that comes with a check.
    ColumnWithCheck,
    /// A column that comes with a sequence.
    ColumnWithSequence,
    /// A foreign key.
    References(ForeignKey),
    /// A trigger that is made, dropped or switched.
    Trigger,
    /// A partition that is detached without a lock.
    DetachesConcurrently,
    /// A new table that inherits from it.
    IsInherited,
    /// A policy whose conditions have a query.
    PolicyWithQuery,
    /// Something that nobody has measured.
    NotKnown(&'static str),
}

/// A foreign key that is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) to: TableRef,
    pub(crate) columns: Vec<Name>,
    /// The referenced ones; empty for the primary key.
    pub(crate) referenced: Vec<Name>,
    /// Whether it acts on its own columns when the referenced row goes, or when its key changes.
    pub(crate) sets_on_delete: bool,
    pub(crate) acts_on_update: bool,
}

/// What a text is, if it is no query.
pub(crate) enum Command {
    /// Deeds on tables, in their order; none if it is about none.
    Deeds(Vec<(TableRef, Deed)>),
    /// Statements of a block, which are to be read one by one.
    Block(Vec<String>),
    /// The query of a materialized view, which runs again.
    Refresh(TableRef),
}

/// The words with which a command begins.
const FIRST: &[&str] = &[
    "alter", "analyze", "cluster", "comment", "create", "do", "drop", "grant", "lock", "refresh", "reindex", "revoke",
    "truncate", "vacuum",
];
/// What is created upon a table.
const CREATED: &[&str] =
    &["constraint", "index", "policy", "rule", "statistics", "table", "trigger", "unique", "unlogged"];

/// What the text of one statement is, if it is no query: `None` for a query, and for what makes something of one.
pub(crate) fn read(text: &str) -> Result<Option<Command>, Unread> {
    let mut words = words(text);
    let Some(first) = words.next().filter(|word| FIRST.contains(&word.as_str())) else { return Ok(None) };
    let mut created = words.skip_while(|word| word == "or" || word == "replace");
    if first == "create" && !created.next().is_some_and(|word| CREATED.contains(&word.as_str())) {
        return Ok(None);
    }
    within_bounds(text)?;
    read::command(text)
}

/// The first words of a text in small letters, comments left out.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = without_comments(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        (!word.is_empty()).then(|| word.to_ascii_lowercase())
    })
}

fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        rest = if rest.starts_with("--") {
            rest.split_once('\n').map_or("", |(_, after)| after)
        } else if rest.starts_with("/*") {
            after_comment(rest)
        } else {
            return rest;
        }
        .trim_start();
    }
}

/// What follows a comment; they nest.
fn after_comment(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        let (opens, closes) = (rest.find("/*"), rest.find("*/"));
        rest = match (opens, closes) {
            (Some(open), Some(close)) if open < close => {
                depth += 1;
                &rest[open + 2..]
            }
            (_, Some(close)) => {
                depth = depth.saturating_sub(1);
                &rest[close + 2..]
            }
            (_, None) => return "",
        };
        if depth == 0 {
            return rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn comments_are_passed_over() {
        let first = |text| words(text).next();
        assert_eq!(first("/* a /* b */ c */ -- d\n  ALTER TABLE t"), Some("alter".to_owned()));
        assert_eq!(first("/* a /* b */ ALTER"), None);
        assert_eq!(first("-- ALTER"), None);
        assert_eq!(words("CREATE UNIQUE/**/INDEX i").collect::<Vec<_>>(), ["create", "unique", "index", "i"]);
    }
}
