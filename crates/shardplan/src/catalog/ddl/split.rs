//! SQL text in, one list of tokens per statement out, with the line where each starts. Knows where statements end, not what
//! they say.

use super::lex::{Kind, Lexer, Token};

/// The tokens between two semicolons.
#[derive(Debug)]
pub(super) struct Statement {
    /// The line of the first token, from 1.
    pub(super) line: u64,
    pub(super) tokens: Vec<Token>,
}

/// Words that start a statement within the body of a rule or of a routine. A semicolon before anything else ends the whole
/// statement, so that a parenthesis or an END that is missing costs no more than that statement.
const INNER: &[&str] =
    &["select", "insert", "update", "delete", "merge", "notify", "with", "values", "return", "table", "end", "case"];

/// Cuts a text into statements.
#[derive(Debug)]
pub(super) struct Statements<'a> {
    sql: &'a str,
    lexer: Lexer<'a>,
    ahead: Option<Token>,
    line: u64,
    counted: usize,
}

impl<'a> Statements<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        Self { sql, lexer: Lexer::new(sql), ahead: None, line: 1, counted: 0 }
    }

    fn line_of(&mut self, at: usize) -> u64 {
        let passed = self.sql.as_bytes()[self.counted..at].iter().filter(|byte| **byte == b'\n').count();
        self.counted = at;
        self.line += u64::try_from(passed).unwrap_or(u64::MAX);
        self.line
    }

    fn token(&mut self) -> Option<Token> {
        self.ahead.take().or_else(|| self.lexer.next())
    }

    fn text(&self, token: Token) -> &'a str {
        &self.sql[token.start..token.end]
    }

    /// Whether a semicolon in the body of a rule or routine is followed by more of the body.
    fn body_goes_on(&mut self) -> bool {
        self.ahead = self.lexer.next();
        let Some(next) = self.ahead else { return false };
        let text = self.text(next);
        matches!(text, ")" | ";") || INNER.iter().any(|word| text.eq_ignore_ascii_case(word))
    }
}

impl Iterator for Statements<'_> {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        let mut tokens: Vec<Token> = Vec::new();
        let mut body = Body::default();
        while let Some(token) = self.token() {
            let text = self.text(token);
            let is_sent = text.starts_with('\\');
            if is_sent || text == ";" && !(body.is_open() && self.body_goes_on()) {
                if is_copy_from_stdin(self.sql, &tokens) {
                    self.lexer.skip_copy_data(token.end);
                }
                if tokens.is_empty() {
                    continue;
                }
                break;
            }
            body.read(tokens.len(), token, text);
            tokens.push(token);
        }
        let first = tokens.first()?.start;
        Some(Statement { line: self.line_of(first), tokens })
    }
}

/// How deep within the body of a rule or routine the reader is.
#[derive(Debug, Default)]
struct Body {
    kind: Option<BodyKind>,
    create: bool,
    depth: usize,
    after_begin: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyKind {
    Rule,
    Routine,
}

impl Body {
    fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Takes the token at this position of the statement.
    fn read(&mut self, position: usize, token: Token, text: &str) {
        let is = |word: &str| token.kind == Kind::Word && text.eq_ignore_ascii_case(word);
        match self.kind {
            None if position == 0 => self.create = is("create"),
            None if self.create && position < 4 && is("rule") => self.kind = Some(BodyKind::Rule),
            None if self.create && position < 4 && (is("function") || is("procedure")) => {
                self.kind = Some(BodyKind::Routine)
            }
            None => {}
            Some(BodyKind::Rule) => match text {
                "(" => self.depth += 1,
                ")" => self.depth = self.depth.saturating_sub(1),
                _ => {}
            },
            Some(BodyKind::Routine) => {
                let opens = if self.depth == 0 { self.after_begin && is("atomic") } else { is("case") };
                self.depth += usize::from(opens);
                self.depth -= usize::from(self.depth > 0 && is("end"));
                self.after_begin = is("begin");
            }
        }
    }
}

/// Cuts SQL text into statements, each with the line on which it starts, from 1, and without its semicolon. Comments before a
/// statement, psql's backslash commands and the rows of a `COPY … FROM stdin` are passed over; a quote that is not closed ends
/// where a person would say that the statement ends.
///
/// ```
/// let found: Vec<_> = shardplan::split_statements("-- first\nSELECT 1 \\gx\n\\timing\nSELECT ';';").collect();
/// assert_eq!(found, [(2, "SELECT 1"), (4, "SELECT ';'")]);
/// ```
pub fn split_statements(sql: &str) -> impl Iterator<Item = (u64, &str)> {
    Statements::new(sql).filter_map(move |found| {
        let (first, last) = (found.tokens.first()?, found.tokens.last()?);
        Some((found.line, sql.get(first.start..last.end)?))
    })
}

fn is_copy_from_stdin(sql: &str, tokens: &[Token]) -> bool {
    let mut words = tokens.iter().map(|token| &sql[token.start..token.end]);
    words.next().is_some_and(|word| word.eq_ignore_ascii_case("copy"))
        && words.by_ref().any(|word| word.eq_ignore_ascii_case("from"))
        && words.next().is_some_and(|word| word.eq_ignore_ascii_case("stdin"))
}
