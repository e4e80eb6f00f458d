//! Text and names come in, SQL that means exactly them goes out. The only place that quotes.
//!
//! Identifiers quote themselves: `Name` and `QualifiedName` write what `quote_ident` would.

use std::fmt::{self, Display};

use shardplan::{Name, QualifiedName};

use crate::put::Put;

/// What [`literal`] and the like make: a [`Put`] that `write!` takes too.
pub(crate) struct Quoted<T>(T);

impl<T: Put> Put for Quoted<T> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_str("'")?;
        self.0.put(&mut Doubling(&mut *to))?;
        to.write_str("'")
    }
}

impl<T: Put> Display for Quoted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.put(f)
    }
}

/// A string literal, under `standard_conforming_strings` (the default since PostgreSQL 9.1).
pub(crate) fn literal<T: Put>(value: T) -> Quoted<T> {
    Quoted(value)
}

/// A literal that comes through a terminal, which may swallow control characters: they are written as escapes.
pub(crate) fn visible_literal(text: &str) -> String {
    if !text.chars().any(char::is_control) {
        return literal(text).to_string();
    }
    let escaped = text.chars().map(|c| match c {
        '\'' => "''".to_owned(),
        '\\' => "\\\\".to_owned(),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("E'{}'", escaped.collect::<String>())
}

/// A name as an argument of a function that takes a table: the quoted identifier inside a literal.
pub(crate) fn name_literal(name: &QualifiedName) -> Relation<'_> {
    relation_literal(&name.schema, &name.name)
}

/// [`name_literal`] of a relation in a schema.
pub(crate) fn relation_literal<'n>(schema: &'n Name, relation: &'n Name) -> Relation<'n> {
    literal((schema, ".", relation))
}

/// The literal of a relation's name.
pub(crate) type Relation<'n> = Quoted<(&'n Name, &'static str, &'n Name)>;

/// Whether a single quote is in it. Names are short: to look at all bytes is faster than to search.
fn has_quote(text: &str) -> bool {
    text.bytes().fold(false, |found, byte| found | (byte == b'\''))
}

/// Doubles the single quotes of what is written to it.
struct Doubling<'w, W: ?Sized>(&'w mut W);

impl<W: fmt::Write + ?Sized> fmt::Write for Doubling<'_, W> {
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

/// The usual tag.
const TAG: &str = "$shardplan$";

/// Writes what `body` writes between dollar quotes whose tag does not occur in it.
pub(crate) fn dollar(text: &mut String, body: impl FnOnce(&mut String)) {
    text.push_str(TAG);
    let start = text.len();
    body(text);
    // The usual tag, and those that take its place, begin like this.
    if !text[start..].contains("$shardplan") {
        text.push_str(TAG);
        return;
    }
    let tags = (0..).map(|number| if number == 0 { TAG.to_owned() } else { format!("$shardplan{number}$") });
    let tag = tags.into_iter().find(|tag| !text[start..].contains(tag)).unwrap_or_default();
    text.replace_range(start - TAG.len()..start, &tag);
    text.push_str(&tag);
}

/// Writes a comment of one line: what would end the line is shown as a blank.
pub(crate) fn comment(text: &mut String, what: impl Put) {
    let start = text.len();
    let _ = ("-- ", what).put(text);
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

/// Pieces separated by commas.
pub(crate) struct List<I>(I);

/// Lists names, or any other pieces.
pub(crate) fn list<I: IntoIterator<Item: Put> + Clone>(items: I) -> List<I> {
    List(items)
}

impl<I: IntoIterator<Item: Put> + Clone> Put for List<I> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        for (at, item) in self.0.clone().into_iter().enumerate() {
            if at > 0 {
                to.write_str(", ")?;
            }
            item.put(to)?;
        }
        Ok(())
    }
}

impl<I: IntoIterator<Item: Put> + Clone> Display for List<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.put(f)
    }
}
