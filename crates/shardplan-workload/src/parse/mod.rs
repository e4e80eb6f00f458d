//! The text of a statement comes in, sqlparser's tree of it goes out, or why there is none. Knows no catalog.
//!
//! The library's trees are as deep as the text is nested, and walking or dropping one takes as much stack. What bounds that is
//! here: how long a text may be, how deep it may nest, and how many operators it may chain; [`on_a_deep_stack`] gives room for a
//! tree of that depth. What is beyond the bounds is not read, and counted.

mod soften;

use std::io;
use std::thread;

use serde::Serialize;
use sqlparser::ast::Statement;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};
use thiserror::Error;

pub(crate) use soften::CURRENT_OF;

/// The longest text that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;
/// The most tokens: a tree takes some hundred bytes for each.
const MAX_TOKENS: usize = 100_000;
/// The most operators and words of the language: what can make a tree deeper than its parentheses do.
const MAX_OPERATORS: usize = 10_000;
/// The deepest parentheses. The parser tries several ways at some of them, each of which doubles its work.
const MAX_PARENTHESES: usize = 40;
/// What the parser may recurse.
const MAX_DEPTH: usize = 100;
/// For a tree of the deepest kind, with what a build without optimization takes. Only what is used is ever given.
const STACK: usize = 512 * 1024 * 1024;

/// Why a statement was not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unread {
    /// It is too long, too deep, or chains too many operators.
    #[error("it is beyond the bounds of what is read: {0}")]
    TooLarge(String),
    /// The parser does not know what stands there.
    #[error("it cannot be parsed: {0}")]
    NotParsed(String),
    /// It is put together while it runs.
    #[error("it is made at run time, and could not be read: {0}")]
    Dynamic(String),
}

/// A text as the parser sees it.
pub(crate) struct Parsed {
    /// Usually one.
    pub(crate) statements: Vec<Statement>,
    /// Whether they say all that the text says.
    pub(crate) whole: bool,
}

/// The statements of a text.
pub(crate) fn parse(text: &str) -> Result<Parsed, Unread> {
    if text.len() > MAX_BYTES {
        return Err(Unread::TooLarge(format!("{} bytes", text.len())));
    }
    let dialect = PostgreSqlDialect {};
    let not_parsed = |error: &dyn std::fmt::Display| Unread::NotParsed(error.to_string());
    let tokens = Tokenizer::new(&dialect, text).tokenize_with_location().map_err(|error| not_parsed(&error))?;
    let (tokens, softened) = soften::soften(placeholders(tokens));
    bounded(&tokens)?;
    let parser = Parser::new(&dialect).with_recursion_limit(MAX_DEPTH).with_tokens_with_locations(tokens);
    let statements = { parser }.parse_statements().map_err(|error| not_parsed(&error))?;
    Ok(Parsed { statements, whole: !softened })
}

/// Whether a text is within the bounds of what is read.
pub(crate) fn within_bounds(text: &str) -> Result<(), Unread> {
    if text.len() > MAX_BYTES {
        return Err(Unread::TooLarge(format!("{} bytes", text.len())));
    }
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize_with_location();
    bounded(&tokens.map_err(|error| Unread::NotParsed(error.to_string()))?)
}

/// Runs something on a thread with room for the deepest tree.
///
/// # Errors
/// There is no memory for a thread.
pub(crate) fn on_a_deep_stack<'scope, T: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<thread::ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)
}

fn bounded(tokens: &[TokenWithSpan]) -> Result<(), Unread> {
    let (mut depth, mut deepest, mut operators) = (0_usize, 0_usize, 0_usize);
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            token => operators += usize::from(deepens(token)),
        }
    }
    let bounds = [
        (tokens.len(), MAX_TOKENS, "tokens"),
        (deepest, MAX_PARENTHESES, "nested parentheses"),
        (operators, MAX_OPERATORS, "operators"),
    ];
    match bounds.into_iter().find(|(found, most, _)| found > most) {
        Some((found, _, what)) => Err(Unread::TooLarge(format!("{found} {what}"))),
        None => Ok(()),
    }
}

/// Whether the token can make the tree one level deeper without a parenthesis.
fn deepens(token: &Token) -> bool {
    match token {
        Token::Word(word) => !matches!(
            word.keyword,
            Keyword::NoKeyword | Keyword::NULL | Keyword::DEFAULT | Keyword::TRUE | Keyword::FALSE
        ),
        Token::Whitespace(_)
        | Token::Comma
        | Token::Period
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::Placeholder(_)
        | Token::SemiColon => false,
        _ => true,
    }
}

/// `?` and `:name` where a value must stand become `?`, which the parser takes for a value. Elsewhere they are operators.
fn placeholders(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut read: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut operand = false;
    let mut rest = tokens.into_iter().peekable();
    while let Some(mut token) = rest.next() {
        if !operand && token.token == Token::Question {
            token.token = Token::Placeholder("?".to_owned());
        } else if !operand && token.token == Token::Colon {
            let name = rest.next_if(|next| matches!(next.token, Token::Word(_) | Token::SingleQuotedString(_)));
            if let Some(name) = name {
                token.token = Token::Placeholder(format!(":{}", name.token));
            }
        }
        if !matches!(token.token, Token::Whitespace(_)) {
            operand = ends_operand(&token.token);
        }
        read.push(token);
    }
    read
}

/// Words after which a value stands, so that `?` is one.
const BEFORE_VALUES: &[Keyword] = &[
    Keyword::SELECT,
    Keyword::WHERE,
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::IN,
    Keyword::LIKE,
    Keyword::ILIKE,
    Keyword::BETWEEN,
    Keyword::LIMIT,
    Keyword::OFFSET,
    Keyword::VALUES,
    Keyword::SET,
    Keyword::THEN,
    Keyword::ELSE,
    Keyword::WHEN,
    Keyword::CASE,
    Keyword::ON,
    Keyword::HAVING,
    Keyword::BY,
    Keyword::RETURNING,
    Keyword::FROM,
    Keyword::DISTINCT,
    Keyword::ANY,
    Keyword::ALL,
    Keyword::INTERVAL,
    Keyword::FIRST,
    Keyword::NEXT,
    Keyword::ESCAPE,
    Keyword::DATE,
    Keyword::TIMESTAMP,
    Keyword::TIMESTAMPTZ,
    Keyword::TIME,
    Keyword::ZONE,
];

/// Whether an operator, not a value, is what can follow.
fn ends_operand(token: &Token) -> bool {
    match token {
        Token::Word(Word { keyword, quote_style, .. }) => quote_style.is_some() || !BEFORE_VALUES.contains(keyword),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::Placeholder(_)
        | Token::RParen
        | Token::RBracket => true,
        _ => false,
    }
}
