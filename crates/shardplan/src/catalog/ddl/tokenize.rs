//! A stretch of SQL text in, its tokens with their byte ranges out: the lexical half of sqlparser. It must not know statements.
//!
//! Only the kind of a token is taken from the library; what it says is the source text between its positions, so nothing is
//! lost or respelled. The library counts lines and characters, and its tokens follow one another without a gap (blanks are
//! tokens too), so one walk over the text turns its positions into bytes.

use std::collections::VecDeque;
use std::ops::Range;
use std::str::Chars;

use sqlparser::dialect::Dialect;
use sqlparser::tokenizer::{Location, Token as Lexeme, Tokenizer};

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

/// PostgreSQL's lexical rules (documentation, 4.1), in place of the library's `PostgreSqlDialect`, which refuses texts that a
/// server takes: escapes that need another character (`U&'!0061\' UESCAPE '!'`), operators that it does not know (`|&`), junk
/// after a number (`1_`). It also takes `b"x"` for a string and the comment in `a ||-- it's` for an operator. What is off here
/// arrives in parts, which the lexer joins.
#[derive(Debug)]
pub(super) enum Rules {
    /// `E'…'` is a string with escapes.
    Usual,
    /// A backslash hides the next character in any string, whatever that character is.
    Backslashes,
}

impl Dialect for Rules {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_' || !ch.is_ascii()
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.is_identifier_start(ch) || ch.is_ascii_digit() || ch == '$'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    fn supports_string_escape_constant(&self) -> bool {
        matches!(self, Self::Usual)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        matches!(self, Self::Backslashes)
    }
}

/// How a run over a stretch of text ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// At the end of the stretch, or at the last token that surely ends within it.
    End,
    /// At a token that the library refuses or takes too long.
    Refused,
    /// At the backslash that starts a psql command.
    Command,
}

/// So many bytes after a token decide at most whether it goes on (`1` and `1e+5`).
const LOOKAHEAD: usize = 4;

/// Appends the tokens of a stretch; returns where it stopped and why. A token that may go on after the stretch is left out.
pub(super) fn tokenize(sql: &str, stretch: Range<usize>, rules: &Rules, tokens: &mut VecDeque<Token>) -> (usize, Stop) {
    let text = &sql[stretch.clone()];
    let mut lexemes = Vec::new();
    let outcome = Tokenizer::new(rules, text).with_unescape(false).tokenize_with_location_into_buf(&mut lexemes);
    let is_last = stretch.end == sql.len();
    let limit = if is_last { stretch.end } else { stretch.end.saturating_sub(LOOKAHEAD) };
    let mut place = Place { chars: text.chars(), byte: stretch.start, at: Location::new(1, 1) };
    for lexeme in lexemes {
        let start = place.byte;
        place.walk(lexeme.span.end);
        if lexeme.token == Lexeme::Backslash {
            return (start, Stop::Command);
        }
        if place.byte > limit {
            return (start, Stop::End);
        }
        let Some(kind) = kind(&lexeme.token, &sql[start..place.byte]) else { continue };
        let end = start + length(kind, &sql[start..], place.byte - start);
        tokens.push_back(Token { kind, start, end });
        if end < place.byte {
            return (end, Stop::Refused);
        }
    }
    (place.byte, if outcome.is_ok() { Stop::End } else { Stop::Refused })
}

/// The kind of a token; none for a blank or a comment.
fn kind(lexeme: &Lexeme, text: &str) -> Option<Kind> {
    Some(match lexeme {
        Lexeme::Whitespace(_) => return None,
        Lexeme::Word(word) if word.quote_style.is_some() => Kind::Quoted,
        Lexeme::Word(_) => Kind::Word,
        Lexeme::HexStringLiteral(_) if text.starts_with('0') => Kind::Number,
        Lexeme::SingleQuotedString(_)
        | Lexeme::NationalStringLiteral(_)
        | Lexeme::EscapedStringLiteral(_)
        | Lexeme::HexStringLiteral(_)
        | Lexeme::DollarQuotedString(_) => Kind::Text,
        Lexeme::Placeholder(_) if text.starts_with('?') => Kind::Symbol,
        Lexeme::Number(..) | Lexeme::Placeholder(_) => Kind::Number,
        _ => Kind::Symbol,
    })
}

/// How much of a token of the library is one: `?1` is two, and an operator ends before a comment.
fn length(kind: Kind, rest: &str, length: usize) -> usize {
    let bytes = rest.as_bytes();
    let comment = matches!(bytes[length - 1..], [b'-', b'-', ..] | [b'/', b'*', ..]);
    match kind {
        Kind::Symbol if bytes[0] == b'?' => 1,
        Kind::Symbol if comment && length > 1 => length - 1,
        _ => length,
    }
}

/// A place in the text, as the library counts and in bytes.
struct Place<'a> {
    chars: Chars<'a>,
    byte: usize,
    at: Location,
}

impl Place<'_> {
    fn walk(&mut self, to: Location) {
        while self.at < to
            && let Some(passed) = self.chars.next()
        {
            self.byte += passed.len_utf8();
            self.at = match passed {
                '\n' => Location::new(self.at.line + 1, 1),
                _ => Location::new(self.at.line, self.at.column + 1),
            };
        }
    }
}
