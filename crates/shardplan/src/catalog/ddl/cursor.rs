//! One statement's tokens in, names, keywords, lists and exact source text out. Knows PostgreSQL's notation, no statement.

use super::lex::{Kind, Token};
use super::literal;
use crate::name::Name;

/// Why a statement, or a part of it, was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Why(pub(super) String);

impl From<String> for Why {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Why {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// What a reader returns.
pub(super) type Outcome<T = ()> = Result<T, Why>;

/// Shorthand for a failed reader.
pub(super) fn fail<T>(why: impl Into<Why>) -> Outcome<T> {
    Err(why.into())
}

/// A place in a list of tokens.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    pos: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(sql: &'a str, tokens: &'a [Token]) -> Self {
        Self { sql, tokens, pos: 0 }
    }

    /// The position, for [`Cursor::text_since`] and [`Cursor::back`].
    pub(super) fn mark(&self) -> usize {
        self.pos
    }

    /// Returns to a [`Cursor::mark`].
    pub(super) fn back(&mut self, mark: usize) {
        self.pos = mark;
    }

    pub(super) fn done(&self) -> bool {
        self.pos >= self.tokens.len()
    }

    /// Whether a token of this kind stands anywhere.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.tokens.iter().any(|token| token.kind == kind)
    }

    /// Moves on by one token.
    pub(super) fn skip(&mut self) {
        self.pos = (self.pos + 1).min(self.tokens.len());
    }

    /// The kind of the token `ahead` of here.
    pub(super) fn kind_at(&self, ahead: usize) -> Option<Kind> {
        self.tokens.get(self.pos + ahead).map(|token| token.kind)
    }

    /// The text of the token `ahead` of here; empty after the last.
    pub(super) fn text_at(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.pos + ahead).map_or("", |token| &self.sql[token.start..token.end])
    }

    /// Whether the token `ahead` of here is this keyword.
    pub(super) fn word_at(&self, ahead: usize, word: &str) -> bool {
        self.kind_at(ahead) == Some(Kind::Word) && self.text_at(ahead).eq_ignore_ascii_case(word)
    }

    /// Whether these keywords, written in one string, stand here.
    pub(super) fn is(&self, words: &str) -> bool {
        words.split(' ').enumerate().all(|(ahead, word)| self.word_at(ahead, word))
    }

    /// Whether one of these keywords stands here.
    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Takes these keywords, if they stand here.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let found = self.is(words);
        if found {
            self.pos += words.split(' ').count();
        }
        found
    }

    pub(super) fn expect(&mut self, words: &str) -> Outcome {
        if self.eat(words) { Ok(()) } else { fail(self.unexpected(&words.to_uppercase())) }
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind_at(0) == Some(Kind::Symbol) && self.text_at(0) == symbol
    }

    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.pos += usize::from(found);
        found
    }

    /// What to say when `wanted` is not here.
    pub(super) fn unexpected(&self, wanted: &str) -> Why {
        let found: String = self.text_at(0).chars().take(40).collect();
        if found.is_empty() {
            format!("expected {wanted} at the end")
        } else {
            format!("expected {wanted} at `{found}`")
        }
        .into()
    }

    /// Reads one identifier, folded and cut as the server does.
    pub(super) fn name(&mut self) -> Outcome<Name> {
        let name = match self.kind_at(0) {
            Some(Kind::Word) => literal::folded(self.text_at(0)),
            Some(Kind::Quoted) => literal::unquoted(self.text_at(0)),
            _ => return fail(self.unexpected("a name")),
        };
        self.pos += 1;
        Ok(name)
    }

    /// Reads `a`, `a.b` or `a.b.c`.
    pub(super) fn path(&mut self) -> Outcome<Vec<Name>> {
        let mut parts = vec![self.name()?];
        while self.eat_symbol(".") {
            parts.push(self.name()?);
        }
        Ok(parts)
    }

    /// Reads a string constant.
    pub(super) fn string(&mut self) -> Outcome<String> {
        if self.kind_at(0) != Some(Kind::Text) {
            return fail(self.unexpected("a string"));
        }
        self.pos += 1;
        Ok(literal::string(self.sql_text(self.pos - 1, self.pos)))
    }

    /// Reads a whole number with an optional sign.
    pub(super) fn integer(&mut self) -> Outcome<i64> {
        let sign = if self.eat_symbol("-") { "-" } else { "" };
        self.eat_symbol("+");
        let number = format!("{sign}{}", self.text_at(0)).parse().map_err(|_| self.unexpected("a whole number"))?;
        self.pos += 1;
        Ok(number)
    }

    /// Reads a balanced parenthesis and returns what is in it.
    pub(super) fn parens(&mut self) -> Outcome<Cursor<'a>> {
        if !self.is_symbol("(") {
            return fail(self.unexpected("`(`"));
        }
        let open = self.pos;
        self.skip_group();
        let closed = self.pos > open + 1 && self.sql_text(self.pos - 1, self.pos) == ")";
        if !closed {
            return fail("a parenthesis is not closed");
        }
        Ok(Self { sql: self.sql, tokens: &self.tokens[open + 1..self.pos - 1], pos: 0 })
    }

    /// Moves over one token, or over a whole parenthesis or bracket.
    pub(super) fn skip_group(&mut self) {
        let mut depth = 0usize;
        while !self.done() {
            match self.text_at(0) {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.pos += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Moves on, over whole parentheses, until `stop` says so or the end is there.
    pub(super) fn skip_until(&mut self, stop: impl Fn(&Self) -> bool) {
        while !self.done() && !stop(self) {
            self.skip_group();
        }
    }

    /// The parts between the commas outside parentheses, from here on.
    pub(super) fn split_commas(mut self) -> Vec<Cursor<'a>> {
        let mut parts = Vec::new();
        while !self.done() {
            let start = self.pos;
            self.skip_until(|at| at.is_symbol(","));
            parts.push(Self { sql: self.sql, tokens: &self.tokens[start..self.pos], pos: 0 });
            self.pos += 1;
        }
        parts
    }

    /// Reads `(a, b, c)`.
    pub(super) fn names_in_parens(&mut self) -> Outcome<Vec<Name>> {
        let parts = self.parens()?.split_commas();
        parts.into_iter().map(|mut part| part.name()).collect()
    }

    /// The source text from a [`Cursor::mark`] to here, comments apart.
    pub(super) fn text_since(&self, mark: usize) -> String {
        self.clean_text(mark, self.pos)
    }

    /// The source text of everything in this cursor, comments apart.
    pub(super) fn all_text(&self) -> String {
        self.clean_text(0, self.tokens.len())
    }

    /// The source text from here to the end, comments apart.
    pub(super) fn rest_text(&self) -> String {
        self.clean_text(self.pos, self.tokens.len())
    }

    /// A cursor over the tokens from a mark to here.
    pub(super) fn part_since(&self, mark: usize) -> Cursor<'a> {
        Self { sql: self.sql, tokens: &self.tokens[mark..self.pos], pos: 0 }
    }

    fn sql_text(&self, from: usize, to: usize) -> &'a str {
        match self.tokens.get(from..to) {
            Some([only]) => &self.sql[only.start..only.end],
            Some([first, .., last]) => &self.sql[first.start..last.end],
            _ => "",
        }
    }

    fn clean_text(&self, from: usize, to: usize) -> String {
        let tokens = self.tokens.get(from..to).unwrap_or_default();
        let gap = |pair: &[Token]| &self.sql[pair[0].end..pair[1].start];
        if tokens.windows(2).all(|pair| gap(pair).trim().is_empty()) {
            return self.sql_text(from, to).to_owned();
        }
        let mut text = String::new();
        for (i, token) in tokens.iter().enumerate() {
            if i > 0 {
                let between = gap(&tokens[i - 1..=i]);
                text.push_str(if between.trim().is_empty() { between } else { " " });
            }
            text.push_str(&self.sql[token.start..token.end]);
        }
        text
    }
}

/// Folds white space to single blanks.
pub(super) fn fold_blanks(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
