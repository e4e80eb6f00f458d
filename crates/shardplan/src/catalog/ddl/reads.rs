//! The tokens of a query in, the names of the relations that it reads out; names of WITH queries are left out.
//!
//! One pass with a stack of its own, because a parser's tree is as deep as the query is (sqlparser's parser gives up at 50
//! levels), and a query with one expression that it does not know would read nothing. The tests compare with that parser
//! wherever it takes the query (`tests/reads.rs`).

use std::collections::BTreeSet;

use super::cursor::Cursor;
use super::lex::Kind;
use crate::name::Name;

/// What one level of parentheses is about.
#[derive(Debug, Default)]
struct Level {
    /// A SELECT stands at this level, so FROM starts a FROM clause and is not part of `extract(… FROM …)`.
    query: bool,
    /// Within a FROM clause, where a comma is followed by another relation.
    from: bool,
    /// A relation must come next.
    expects: bool,
    /// After WITH, where `name AS (…)` names a query.
    with: bool,
    recursive: bool,
    /// The names of the WITH queries that are visible from here on.
    named: BTreeSet<Name>,
    /// The query whose parenthesis is open one level deeper; without RECURSIVE it does not see itself.
    pending: Option<Name>,
}

/// Words after which a FROM clause is over.
const AFTER_FROM: &[&str] = &[
    "where",
    "group",
    "having",
    "window",
    "order",
    "limit",
    "offset",
    "fetch",
    "for",
    "union",
    "intersect",
    "except",
    "returning",
    "set",
];

/// Reads a query; names come in the order of the text and may repeat.
pub(super) fn relations(mut at: Cursor<'_>) -> Vec<Vec<Name>> {
    let mut found = Vec::new();
    let mut levels = vec![Level::default()];
    while !at.done() {
        let Some(level) = levels.last_mut() else { return found };
        if at.eat_symbol("(") {
            // Where no relation must come next, these are arguments, column aliases or a condition.
            let deeper = Level { from: level.expects, expects: level.expects, ..Level::default() };
            level.expects = false;
            levels.push(deeper);
        } else if at.eat_symbol(")") {
            close(&mut levels);
        } else if at.eat_symbol(",") {
            level.expects = level.from;
        } else if !keyword(&mut at, level) {
            name(&mut at, &mut levels, &mut found);
        }
    }
    found
}

fn close(levels: &mut Vec<Level>) {
    if levels.len() > 1 {
        levels.pop();
    }
    if let Some(level) = levels.last_mut() {
        level.named.extend(level.pending.take());
    }
}

/// Takes a keyword that changes what the level is about.
fn keyword(at: &mut Cursor<'_>, level: &mut Level) -> bool {
    if at.eat("is distinct from") || at.eat("is not distinct from") || at.eat("with ordinality") {
    } else if at.eat("with") {
        (level.with, level.recursive) = (true, at.eat("recursive"));
        (level.from, level.expects) = (false, false);
    } else if at.eat("select") || at.eat("values") {
        (level.query, level.with, level.from, level.expects) = (true, false, false, false);
    } else if level.query && at.is("from") || at.is("join") {
        at.skip();
        (level.from, level.expects) = (true, true);
    } else if (!level.query || level.from) && at.eat("table") {
        (level.query, level.with, level.expects) = (true, false, true);
    } else if at.is_any(AFTER_FROM) {
        at.skip();
        (level.from, level.expects) = (false, false);
    } else {
        return level.expects && (at.eat("only") || at.eat("lateral"));
    }
    true
}

/// Takes anything else: a relation where one is expected, the name of a WITH query, or what does not matter.
fn name(at: &mut Cursor<'_>, levels: &mut [Level], found: &mut Vec<Vec<Name>>) {
    let is_name = matches!(at.kind_at(0), Some(Kind::Word | Kind::Quoted));
    let Some(level) = levels.last_mut() else { return };
    if !is_name || !(level.expects || level.with) {
        at.skip();
        return;
    }
    let Ok(path) = at.path() else {
        at.skip();
        return;
    };
    if level.with && !level.expects {
        with_query(at, level, path);
        return;
    }
    level.expects = false;
    let function = at.is_symbol("(");
    let known = matches!(path.as_slice(), [only] if levels.iter().any(|level| level.named.contains(only)));
    if !function && !known {
        found.push(path);
    }
}

/// Takes `name [(columns)] AS [[NOT] MATERIALIZED]`, up to the parenthesis of the query.
fn with_query(at: &mut Cursor<'_>, level: &mut Level, path: Vec<Name>) {
    let start = at.mark();
    if at.is_symbol("(") {
        at.skip_group();
    }
    if !at.eat("as") {
        at.back(start);
        return;
    }
    _ = at.eat("materialized") || at.eat("not materialized");
    for name in path {
        if level.recursive {
            level.named.insert(name);
        } else {
            level.pending = Some(name);
        }
    }
}
