//! Which columns a generated index name mentions, as PostgreSQL's `ChooseIndexColumnNames` and `FigureColname` have it.

use std::collections::HashSet;

use crate::catalog::ddl::cursor::Cursor;
use crate::catalog::ddl::lex::{Kind, Lexer, Token};
use crate::catalog::ddl::types::internal_name;
use crate::catalog::naming::clip;
use crate::catalog::{IndexElement, IndexPart};
use crate::name::{MAX_NAME_BYTES, Name};

/// One name per index position, told apart by numbers.
pub(in crate::catalog::ddl) fn column_names<'e>(
    elements: impl IntoIterator<Item = &'e IndexElement>,
    include: &[Name],
) -> Vec<String> {
    let mut seen = HashSet::new();
    let positions = elements.into_iter().map(|element| match &element.part {
        IndexPart::Column(name) => name.as_str().to_owned(),
        IndexPart::Expression(text) => expression_name(text),
    });
    let included = include.iter().map(|name| name.as_str().to_owned());
    positions.chain(included).map(|origin| distinct(&origin, &mut seen)).collect()
}

fn distinct(origin: &str, seen: &mut HashSet<String>) -> String {
    let mut name = origin.to_owned();
    let mut pass = 0u32;
    while !seen.insert(name.clone()) {
        pass += 1;
        let number = pass.to_string();
        name = format!("{}{number}", clip(origin, MAX_NAME_BYTES - number.len()));
    }
    name
}

/// Joins column names with `_` until they are longer than a name can be (`ChooseIndexNameAddition`).
pub(in crate::catalog::ddl) fn join(names: impl IntoIterator<Item = String>) -> String {
    let mut joined = String::new();
    for name in names {
        if joined.len() > MAX_NAME_BYTES {
            break;
        }
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(&name);
    }
    joined
}

/// Parentheses and casts around a name that are looked through: each costs a pass over what is in it.
const MAX_DEPTH: usize = 32;

/// What an expression is called: its function, its column, the type of its cast, else `expr`.
fn expression_name(text: &str) -> String {
    let tokens: Vec<Token> = Lexer::new(text).collect();
    let mut at = Cursor::new(text, &tokens);
    let mut cast = None;
    for _ in 0..MAX_DEPTH {
        if let Some(inner) = whole_parenthesis(&at) {
            at = inner;
            continue;
        }
        if let Some(name) = plain_name(&at) {
            return name;
        }
        match split_cast(&at) {
            Some((inner, type_name)) => {
                cast = cast.or(Some(type_name));
                at = inner;
            }
            None => break,
        }
    }
    cast.unwrap_or_else(|| "expr".to_owned())
}

fn whole_parenthesis<'a>(at: &Cursor<'a>) -> Option<Cursor<'a>> {
    let mut rest = at.clone();
    let inner = rest.parens().ok()?;
    rest.done().then_some(inner)
}

/// The last part of `a.b` or of the name of `f(…)`, when that is all.
fn plain_name(at: &Cursor<'_>) -> Option<String> {
    let mut rest = at.clone();
    if rest.is("case") {
        return Some("case".to_owned());
    }
    let name = rest.path().ok()?.pop()?;
    if rest.is_symbol("(") {
        rest.parens().ok()?;
    }
    rest.done().then(|| name.as_str().to_owned())
}

/// Splits `x::type` at its last `::`; `None` when an operator stands beside it, which then is the outermost.
fn split_cast<'a>(at: &Cursor<'a>) -> Option<(Cursor<'a>, String)> {
    let mut rest = at.clone();
    let start = rest.mark();
    let mut last = None;
    while !rest.done() {
        if rest.is_symbol("::") {
            last = Some((rest.part_since(start), rest.clone()));
        } else if rest.kind_at(0) == Some(Kind::Symbol) && !matches!(rest.text_at(0), "(" | "[" | "]" | ".") {
            return None;
        }
        rest.skip_group();
    }
    let (inner, mut cast) = last?;
    cast.skip();
    let type_name = cast.path().ok()?.pop()?;
    Some((inner, internal_name(type_name.as_str()).to_owned()))
}
