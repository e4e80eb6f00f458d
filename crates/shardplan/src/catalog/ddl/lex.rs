//! SQL text in, tokens with their byte ranges out; knows PostgreSQL's lexical rules (documentation, 4.1) and no grammar.
//!
//! It never fails: a quote or comment that is not closed becomes one [`Kind::Unclosed`] token that ends where a person would
//! say that the statement ends. psql's backslash commands count as blanks, but for those that end a statement.
//!
//! sqlparser's tokenizer does the reading. It takes a text as a whole, stops at the first token that it refuses and needs
//! about a hundred bytes per token, so it gets the text in stretches: short ones after each stop, since what it read ahead is
//! lost then, and longer ones while it goes well. That keeps the work in proportion to the text wherever it stops, and the
//! memory to one stretch.

use std::collections::VecDeque;

pub(super) use super::tokenize::{Kind, Token};
use super::tokenize::{Rules, Stop, tokenize};

/// After so many unclosed quotes the rest is taken as one: each costs a search to the end of the text.
const MAX_UNCLOSED: usize = 20;

/// The length of the first stretch, and of the one after a stop, in bytes.
const SHORT: usize = 32;

/// The length to which stretches grow; only a longer token makes a longer one.
const LONG: usize = 16 * 1024;

/// psql's commands that end a statement as a semicolon does: `\g`, `\gx`, `\gset`, `\gexec`, `\gdesc` and these.
const SENDING: &[&str] = &["\\g", "\\crosstabview", "\\watch"];

/// The characters of operators (PostgreSQL documentation, 4.1.3).
const OPERATOR: &[u8] = b"+-*/<>=~!@#%^&|`?";

/// Reads tokens one after the other.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    sql: &'a str,
    /// What is read and not yet taken, as the library cuts it.
    ahead: VecDeque<Token>,
    /// Where `ahead` ends.
    pos: usize,
    stretch: usize,
    unclosed: usize,
    copy_ends: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        Self { sql, ahead: VecDeque::new(), pos: 0, stretch: SHORT, unclosed: 0, copy_ends: true }
    }

    /// Goes to `at`, the end of a `COPY … FROM stdin`, and passes over its data: the lines after that one up to `\.`. Does
    /// nothing when that never comes.
    pub(super) fn skip_copy_data(&mut self, at: usize) {
        if !self.copy_ends {
            return;
        }
        self.ahead.clear();
        (self.pos, self.stretch) = (at, SHORT);
        let mut line = self.line_end(self.pos);
        while line < self.sql.len() {
            let start = line + 1;
            line = self.line_end(start);
            if self.sql[start..line].trim_end() == "\\." {
                self.pos = line;
                return;
            }
        }
        // None after here means none after any later place either; what was read ahead is read again.
        self.copy_ends = false;
    }

    fn bytes(&self, from: usize) -> &'a [u8] {
        self.sql.as_bytes().get(from..).unwrap_or_default()
    }

    fn line_end(&self, from: usize) -> usize {
        self.search(from, "\n").unwrap_or(self.sql.len())
    }

    fn search(&self, from: usize, what: &str) -> Option<usize> {
        self.sql.get(from..)?.find(what).map(|at| from + at)
    }

    /// The next token as the library cuts it.
    fn part(&mut self) -> Option<Token> {
        while self.ahead.is_empty() && self.pos < self.sql.len() {
            self.read_stretch();
        }
        self.ahead.pop_front()
    }

    fn read_stretch(&mut self) {
        let to = self.stretch_end();
        let (end, stop) = tokenize(self.sql, self.pos..to, &Rules::Usual, &mut self.ahead);
        let stuck = end == self.pos;
        self.pos = end;
        match stop {
            Stop::Command => self.read_command(end),
            _ if stuck => self.read_hard_token(to),
            Stop::Refused => self.stretch = SHORT,
            Stop::End => self.stretch = self.stretch.saturating_mul(2).min(LONG),
        }
    }

    /// Passes over a command of psql to the end of its line; one that sends off what stands before it is a token.
    fn read_command(&mut self, at: usize) {
        (self.pos, self.stretch) = (self.line_end(at), SHORT);
        if SENDING.iter().any(|command| self.sql[at..self.pos].contains(command)) {
            self.ahead.push_back(Token { kind: Kind::Symbol, start: at, end: self.pos });
        }
    }

    fn stretch_end(&self) -> usize {
        let mut end = self.pos.saturating_add(self.stretch).min(self.sql.len());
        while !self.sql.is_char_boundary(end) {
            end += 1;
        }
        end
    }

    /// Takes the token that the library does not find between here and `to`, or has it look further.
    fn read_hard_token(&mut self, to: usize) {
        let (kind, end) = match self.bytes(self.pos) {
            // The library takes it after a name only, not after a parenthesis.
            [b'.', b'_', ..] => (Kind::Symbol, self.pos + 1),
            [b'e' | b'E', b'\'', ..] if let Some(end) = self.escaped_end(to) => (Kind::Text, end),
            _ if to == self.sql.len() => (Kind::Unclosed, self.unclosed_end()),
            _ => {
                self.stretch = self.stretch.saturating_mul(2);
                return;
            }
        };
        self.ahead.push_back(Token { kind, start: self.pos, end });
        (self.pos, self.stretch) = (end, SHORT);
    }

    /// The end of the `E'…'` string here whose escapes the library refuses (`E'\303\251'` is one letter in UTF-8).
    fn escaped_end(&self, to: usize) -> Option<usize> {
        let mut found = VecDeque::new();
        tokenize(self.sql, self.pos + 1..to, &Rules::Backslashes, &mut found);
        found.front().map(|text| text.end)
    }

    /// The next `;` that ends a line.
    fn unclosed_end(&mut self) -> usize {
        self.unclosed += 1;
        let mut from = self.pos;
        while self.unclosed < MAX_UNCLOSED
            && let Some(semicolon) = self.search(from, ";")
        {
            from = semicolon + 1;
            let rest = self.bytes(from);
            from += rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).unwrap_or(rest.len());
            if matches!(self.bytes(from), [] | [b'\n' | 0, ..]) {
                return semicolon;
            }
        }
        self.sql.len()
    }

    /// What a token becomes with the part right after it, when PostgreSQL sees one token there and the library several.
    fn joined(&self, token: Token, next: Token) -> Option<Kind> {
        let text = |token: Token| &self.sql[token.start..token.end];
        let is_operator = |token: Token| text(token).bytes().all(|byte| OPERATOR.contains(&byte));
        let rest = self.bytes(next.start);
        match (token.kind, next.kind) {
            _ if next.start != token.end => None,
            (Kind::Symbol, Kind::Symbol) if is_operator(token) && is_operator(next) => Some(Kind::Symbol),
            (Kind::Number, Kind::Word | Kind::Number) => Some(Kind::Number),
            (Kind::Word, _) => match (text(token), rest) {
                ("b" | "B", [b'\'', ..]) | ("u&" | "U&", [b'\'' | b'"', ..]) => Some(next.kind),
                ("u" | "U", [b'&', b'\'' | b'"', ..]) => Some(Kind::Word),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let mut token = self.part()?;
        // Nothing joins a semicolon, and what follows it may be COPY data.
        while !self.bytes(token.start).starts_with(b";")
            && let Some(next) = self.part()
        {
            let Some(kind) = self.joined(token, next) else {
                self.ahead.push_front(next);
                break;
            };
            token = Token { kind, start: token.start, end: next.end };
        }
        Some(token)
    }
}
