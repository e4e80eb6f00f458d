//! Text and names come in, Markdown that shows exactly them goes out.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use crate::put::Put;
use crate::quote::is_printable;

/// What [`code`] and [`cell`] make: a [`Put`] that `write!` takes too.
pub(crate) struct Code<T> {
    text: T,
    is_cell: bool,
}

/// Text between backquotes, in one line, with a fence that does not occur in it.
pub(crate) fn code<T: Put>(text: T) -> Code<T> {
    Code { text, is_cell: false }
}

/// A cell of a table: [`code`], with the bars escaped.
pub(crate) fn cell<T: Put>(text: T) -> Code<T> {
    Code { text, is_cell: true }
}

impl<T: Put> Put for Code<T> {
    fn put<W: Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let mut plain = Plain(true);
        self.text.put(&mut plain)?;
        if plain.0 {
            return ("`", &self.text, "`").put(to);
        }
        let mut text = String::new();
        self.text.put(&mut text)?;
        let code = fenced(&one_line(&text));
        to.write_str(&if self.is_cell { code.replace('|', "\\|") } else { code })
    }
}

impl<T: Put> Display for Code<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.put(f)
    }
}

/// Whether what was written to it means in Markdown what it says.
struct Plain(bool);

impl Write for Plain {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 &= is_printable(text) && !has_any(text, b"`|<");
        Ok(())
    }
}

/// Without a branch per byte the compiler takes many bytes at once.
fn has_any<const N: usize>(text: &str, wanted: &[u8; N]) -> bool {
    text.bytes().fold(false, |found, byte| wanted.iter().fold(found, |found, one| found | (byte == *one)))
}

fn fenced(text: &str) -> String {
    if !text.contains('`') {
        return format!("`{text}`");
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

fn one_line(text: &str) -> Cow<'_, str> {
    if is_printable(text) { text.into() } else { text.replace(char::is_control, " ").into() }
}

/// Prose in one line, for a list item or a cell: names in it may hold anything.
pub(crate) fn prose(text: &str) -> Cow<'_, str> {
    let text = one_line(text);
    if !has_any(&text, b"|<") {
        return text;
    }
    text.replace('|', "\\|").replace('<', "&lt;").into()
}

/// With a capital at its start.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| format!("{}{}", first.to_uppercase(), chars.as_str())).unwrap_or_default()
}
