//! The text of a statement, or of several, comes in; what each of them is goes out: a query's tree, or a command's deeds.

use shardplan::split_statements;
use sqlparser::ast::Statement;

use crate::command::{self, Command, Deed, TableRef};
use crate::parse::{Unread, parse};

/// A statement that was read.
pub(super) enum Read {
    Query(Box<Statement>),
    Deeds(Vec<(TableRef, Deed)>),
    /// The query of this materialized view.
    Refresh(TableRef),
}

/// What a text says, statement by statement; those of a DO block stand in its place.
pub(super) fn read(text: &str) -> Result<Vec<Read>, Unread> {
    let mut open: Vec<String> = several(text);
    let mut found = Vec::new();
    while let Some(text) = open.pop() {
        match command::read(&text)? {
            Some(Command::Block(statements)) => open.extend(statements.into_iter().rev()),
            Some(Command::Refresh(view)) => found.push(Read::Refresh(view)),
            Some(Command::Deeds(deeds)) => {
                if deeds.iter().any(|(_, deed)| *deed == Deed::PolicyWithQuery) {
                    // On a local table it is read with each query.
                    found.extend(queries(&text).unwrap_or_default());
                }
                found.push(Read::Deeds(deeds));
            }
            None => found.extend(queries(&text)?),
        }
    }
    Ok(found)
}

fn queries(text: &str) -> Result<Vec<Read>, Unread> {
    Ok(parse(text)?.statements.into_iter().map(|statement| Read::Query(Box::new(statement))).collect())
}

/// The statements of a text, the last one first.
fn several(text: &str) -> Vec<String> {
    if !text.trim_end().trim_end_matches(';').contains(';') {
        return vec![text.to_owned()];
    }
    let mut found: Vec<String> = split_statements(text).map(|(_, text)| text.to_owned()).collect();
    found.reverse();
    found
}
