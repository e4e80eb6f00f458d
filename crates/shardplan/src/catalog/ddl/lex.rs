//! SQL text in, tokens with their byte ranges out; knows PostgreSQL's lexical rules (documentation, 4.1) and no grammar.
//!
//! It never fails: a quote or comment that is not closed becomes one [`Kind::Unclosed`] token that ends where a person would
//! say that the statement ends. psql's backslash commands count as blanks. A hand-written lexer, because the readers need
//! byte ranges to keep expressions as they were written, and because one unclosed quote must cost one statement only.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or an identifier without quotes.
    Word,
    /// An identifier in double quotes.
    Quoted,
    /// A string constant of any form: `'…'`, `E'…'`, `$$…$$`.
    Text,
    /// A number or a parameter.
    Number,
    /// An operator or one character of punctuation.
    Symbol,
    /// A quote or comment that is not closed, up to the next `;` at the end of a line.
    Unclosed,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// After so many unclosed quotes the rest is taken as one: each costs a search to the end of the text.
const MAX_UNCLOSED: usize = 100;

/// The characters of operators (PostgreSQL documentation, 4.1.3).
const OPERATOR: &[u8] = b"+-*/<>=~!@#%^&|`?";

/// Reads tokens one after the other.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    sql: &'a str,
    pos: usize,
    unclosed: usize,
    copy_ends: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        Self { sql, pos: 0, unclosed: 0, copy_ends: true }
    }

    /// Goes to `at`, the end of a `COPY … FROM stdin`, and passes over its data: the lines after that one up to `\.`. Does
    /// nothing when that never comes.
    pub(super) fn skip_copy_data(&mut self, at: usize) {
        if !self.copy_ends {
            return;
        }
        self.pos = at;
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

    fn byte(&self, at: usize) -> u8 {
        self.sql.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn line_end(&self, from: usize) -> usize {
        self.search(from, "\n").unwrap_or(self.sql.len())
    }

    fn search(&self, from: usize, what: &str) -> Option<usize> {
        self.sql.get(from..)?.find(what).map(|at| from + at)
    }

    /// Passes over white space, comments and psql commands; the token of a comment that is not closed.
    fn skip_blanks(&mut self) -> Option<Token> {
        loop {
            match (self.byte(self.pos), self.byte(self.pos + 1)) {
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, _) => self.pos += 1,
                (b'-', b'-') | (b'\\', _) => self.pos = self.line_end(self.pos),
                (b'/', b'*') => match self.comment_end() {
                    Some(end) => self.pos = end,
                    None => return Some(self.unclosed()),
                },
                _ => return None,
            }
        }
    }

    /// The end of the comment that starts here; comments nest.
    fn comment_end(&self) -> Option<usize> {
        let (mut at, mut depth) = (self.pos + 2, 1usize);
        while depth > 0 {
            match (self.byte(at), self.byte(at + 1)) {
                (b'/', b'*') => (depth, at) = (depth + 1, at + 2),
                (b'*', b'/') => (depth, at) = (depth - 1, at + 2),
                _ if at >= self.sql.len() => return None,
                _ => at += 1,
            }
        }
        Some(at)
    }

    /// The token from here to the next `;` that ends a line.
    fn unclosed(&mut self) -> Token {
        let start = self.pos;
        self.unclosed += 1;
        let mut end = self.sql.len();
        let mut from = start;
        while self.unclosed < MAX_UNCLOSED
            && let Some(semicolon) = self.search(from, ";")
        {
            from = self.run(semicolon + 1, |byte| matches!(byte, b' ' | b'\t' | b'\r'));
            if matches!(self.byte(from), b'\n' | 0) {
                end = semicolon;
                break;
            }
        }
        self.token(Kind::Unclosed, end)
    }

    fn token(&mut self, kind: Kind, end: usize) -> Token {
        let start = std::mem::replace(&mut self.pos, end);
        Token { kind, start, end }
    }

    fn token_or_unclosed(&mut self, kind: Kind, end: Option<usize>) -> Token {
        match end {
            Some(end) => self.token(kind, end),
            None => self.unclosed(),
        }
    }

    fn word(&mut self) -> Token {
        let end = self.run(self.pos, is_word_byte);
        let quote = self.byte(end);
        let prefix = &self.sql[self.pos..end];
        let unicode = quote == b'&' && prefix.eq_ignore_ascii_case("u");
        match (prefix.as_bytes(), quote) {
            ([b'e' | b'E'], b'\'') => {
                let end = self.escaped_end(end + 1);
                self.token_or_unclosed(Kind::Text, end)
            }
            ([b'b' | b'B' | b'x' | b'X' | b'n' | b'N'], b'\'') => self.quoted(Kind::Text, end, b'\''),
            _ if unicode && self.byte(end + 1) == b'\'' => self.quoted(Kind::Text, end + 1, b'\''),
            _ if unicode && self.byte(end + 1) == b'"' => self.quoted(Kind::Quoted, end + 1, b'"'),
            _ => self.token(Kind::Word, end),
        }
    }

    /// The token whose opening quote is at `open`; a doubled quote stands for itself.
    fn quoted(&mut self, kind: Kind, open: usize, quote: u8) -> Token {
        let mut at = open + 1;
        let end = loop {
            at = self.run(at, |byte| byte != quote);
            match (at < self.sql.len(), self.byte(at + 1) == quote) {
                (false, _) => break None,
                (true, true) => at += 2,
                (true, false) => break Some(at + 1),
            }
        };
        self.token_or_unclosed(kind, end)
    }

    /// The end of the `E'…'` string whose text starts at `at`.
    fn escaped_end(&self, mut at: usize) -> Option<usize> {
        while at < self.sql.len() {
            match (self.byte(at), self.byte(at + 1)) {
                (b'\\', _) | (b'\'', b'\'') => at += 2,
                (b'\'', _) => return Some(at + 1),
                _ => at += 1,
            }
        }
        None
    }

    /// A dollar-quoted string, a parameter or a lone dollar sign.
    fn dollar(&mut self) -> Token {
        let tag_end = self.run(self.pos + 1, |byte| is_word_byte(byte) && byte != b'$');
        if self.byte(tag_end) == b'$' && !self.byte(self.pos + 1).is_ascii_digit() {
            let tag = &self.sql[self.pos..=tag_end];
            let end = self.search(tag_end + 1, tag).map(|at| at + tag.len());
            return self.token_or_unclosed(Kind::Text, end);
        }
        let end = self.run(self.pos + 1, |byte| byte.is_ascii_digit());
        self.token(Kind::Number, end)
    }

    fn number(&mut self) -> Token {
        let mut end = self.run(self.pos, |byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
        let exponent = matches!(self.byte(end - 1), b'e' | b'E') && matches!(self.byte(end), b'+' | b'-');
        if exponent && self.byte(end + 1).is_ascii_digit() {
            end = self.run(end + 1, |byte| byte.is_ascii_digit());
        }
        self.token(Kind::Number, end)
    }

    /// An operator; it ends before a comment.
    fn operator(&mut self) -> Token {
        let mut end = self.pos + 1;
        while OPERATOR.contains(&self.byte(end))
            && !matches!(&self.sql.as_bytes()[end..], [b'-', b'-', ..] | [b'/', b'*', ..])
        {
            end += 1;
        }
        self.token(Kind::Symbol, end)
    }

    fn run(&self, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.sql.as_bytes().get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len())
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if let Some(unclosed) = self.skip_blanks() {
            return Some(unclosed);
        }
        if self.pos >= self.sql.len() {
            return None;
        }
        let next = self.byte(self.pos + 1);
        Some(match self.byte(self.pos) {
            b'\'' => self.quoted(Kind::Text, self.pos, b'\''),
            b'"' => self.quoted(Kind::Quoted, self.pos, b'"'),
            b'$' => self.dollar(),
            b'.' if next.is_ascii_digit() => self.number(),
            byte if byte.is_ascii_digit() => self.number(),
            byte if is_word_byte(byte) => self.word(),
            b':' if matches!(next, b':' | b'=') => self.token(Kind::Symbol, self.pos + 2),
            byte if OPERATOR.contains(&byte) => self.operator(),
            _ => self.token(Kind::Symbol, self.pos + 1),
        })
    }
}

/// Every byte of a character outside ASCII belongs to a word, so a token never ends within a character.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}
