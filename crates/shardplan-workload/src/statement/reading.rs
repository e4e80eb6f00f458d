//! Bytes of a file come in; the text that they are, and what could be read of it, go out. Knows no format.

use std::borrow::Cow;
use std::fmt;

use super::Statement;

/// Why a text is left out that has bytes which are no UTF-8.
pub(super) const DAMAGED: &str = "it is not in UTF-8";

/// What was read of a file or a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    /// The statements, in the order in which they stand there.
    pub statements: Vec<Statement>,
    /// What could not be read and is left out, in the same order.
    pub skipped: Vec<BadLine>,
}

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// The line of the file, or the row of a server's answer, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl Reading {
    pub(super) fn skip(&mut self, line: u64, why: impl Into<String>) {
        self.skipped.push(BadLine { line, why: why.into() });
    }
}

/// The text of a file, without a byte order mark; what is no UTF-8 in it is replaced.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    damaged: bool,
}

impl<'a> Decoded<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes));
        Self { damaged: matches!(text, Cow::Owned(_)), text }
    }

    /// Whether nothing was replaced in a part of the text.
    pub(super) fn is_whole(&self, part: &str) -> bool {
        !self.damaged || !part.contains(char::REPLACEMENT_CHARACTER)
    }
}
