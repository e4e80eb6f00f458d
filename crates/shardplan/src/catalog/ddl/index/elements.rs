//! One position of an index: its notation in, its parts out.

use crate::catalog::ddl::cursor::{Cursor, Outcome};
use crate::catalog::{Direction, IndexElement, IndexPart};

/// Reads `column`, `f(x)` or `(expression)` with its collation, operator class and order.
pub(in crate::catalog::ddl) fn read(at: &mut Cursor<'_>) -> Outcome<IndexElement> {
    let part = part(at)?;
    let start = at.mark();
    at.skip_until(|at| at.is_any(&["asc", "desc", "nulls", "with"]));
    let options = at.text_since(start);
    Ok(IndexElement { part, options, direction: direction(at) })
}

fn part(at: &mut Cursor<'_>) -> Outcome<IndexPart> {
    let start = at.mark();
    if at.is_symbol("(") {
        let inner = at.parens()?;
        return Ok(parenthesised(inner, at.text_since(start)));
    }
    let mut path = at.path()?;
    if at.is_symbol("(") {
        at.parens()?;
        return Ok(IndexPart::Expression(at.text_since(start)));
    }
    Ok(match path.pop() {
        Some(column) if path.is_empty() => IndexPart::Column(column),
        _ => IndexPart::Expression(at.text_since(start)),
    })
}

/// Parentheses around a column or a function call mean nothing, and the server drops them.
fn parenthesised(inner: Cursor<'_>, whole: String) -> IndexPart {
    let mut rest = inner.clone();
    if let Ok(mut path) = rest.path() {
        if rest.done() && path.len() == 1 {
            return path.pop().map_or(IndexPart::Expression(whole), IndexPart::Column);
        }
        if rest.is_symbol("(") && rest.parens().is_ok() && rest.done() {
            return IndexPart::Expression(inner.all_text());
        }
    }
    IndexPart::Expression(whole)
}

fn direction(at: &mut Cursor<'_>) -> Direction {
    let descending = !at.eat("asc") && at.eat("desc");
    let first = at.eat("nulls first");
    let last = at.eat("nulls last");
    match (descending, first, last) {
        (false, true, _) => Direction::AscNullsFirst,
        (false, false, _) => Direction::Asc,
        (true, _, true) => Direction::DescNullsLast,
        (true, _, false) => Direction::Desc,
    }
}
