//! Text and names come in, SQL that means exactly them goes out. The only place that quotes.
//!
//! Identifiers quote themselves: `Name` and `QualifiedName` write what `quote_ident` would.

use std::fmt::{self, Display, Write};

use shardplan::{Name, QualifiedName};

/// A string literal, under `standard_conforming_strings` (the default since PostgreSQL 9.1).
pub(crate) fn literal(value: impl fmt::Display) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        f.write_str("'")?;
        write!(Doubling(f), "{value}")?;
        f.write_str("'")
    })
}

/// A name as an argument of a function that takes a table: the quoted identifier inside a literal.
pub(crate) fn name_literal(name: &QualifiedName) -> impl fmt::Display + '_ {
    relation_literal(&name.schema, &name.name)
}

/// [`name_literal`] of a relation in a schema.
pub(crate) fn relation_literal(schema: &Name, relation: &Name) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        if [schema, relation].iter().any(|name| has_quote(name.as_str())) {
            return literal(format_args!("{schema}.{relation}")).fmt(f);
        }
        f.write_str("'")?;
        schema.fmt(f)?;
        f.write_str(".")?;
        relation.fmt(f)?;
        f.write_str("'")
    })
}

/// Whether a single quote is in it. Names are short: to look at all bytes is faster than to search.
fn has_quote(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | (byte == b'\''))
}

/// Doubles the single quotes of what is written to it.
struct Doubling<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for Doubling<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !has_quote(text) {
            return self.0.write_str(text);
        }
        // Pieces that end with a quote, and what follows the last one.
        for piece in text.split_inclusive('\'') {
            self.0.write_str(piece)?;
            if piece.ends_with('\'') {
                self.0.write_str("'")?;
            }
        }
        Ok(())
    }
}

/// Writes what `body` writes between dollar quotes whose tag does not occur in it.
pub(crate) fn dollar(text: &mut String, body: impl FnOnce(&mut String)) {
    let mut tag = "$shardplan$".to_owned();
    text.push_str(&tag);
    let start = text.len();
    body(text);
    let mut number = 0;
    while text[start..].contains(&tag) {
        number += 1;
        tag = format!("$shardplan{number}$");
    }
    if number > 0 {
        text.replace_range(start - "$shardplan$".len()..start, &tag);
    }
    text.push_str(&tag);
}

/// Writes a comment of one line: what would end the line is shown as a blank.
pub(crate) fn comment(text: &mut String, what: impl fmt::Display) {
    let start = text.len();
    let _ = write!(text, "-- {what}");
    if !is_printable(&text[start..]) {
        let shown = text[start..].replace(char::is_control, " ");
        text.replace_range(start.., &shown);
    }
    text.push('\n');
}

/// Whether it is plain ASCII without control characters. Without a branch per byte the compiler takes many bytes at once.
pub(crate) fn is_printable(text: &str) -> bool {
    text.bytes().fold(true, |yes, byte| yes & (b' '..=b'~').contains(&byte))
}

/// Names separated by commas.
pub(crate) fn list<T: fmt::Display>(items: impl IntoIterator<Item = T> + Clone) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for (at, item) in items.clone().into_iter().enumerate() {
            if at > 0 {
                f.write_str(", ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    })
}
