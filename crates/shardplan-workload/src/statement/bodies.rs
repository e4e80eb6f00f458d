//! A catalog comes in, the statements that live in it go out: those of functions, views, materialized views and policies. Triggers
//! and rules run statements through functions, or are refused as a whole by the planner.

use std::time::Duration;

use shardplan::{Catalog, Function, Policy, Table, split_statements};

use super::plpgsql::{self, Part};
use super::{Source, Statement};
use crate::parse::Unread;

/// What lives in a catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bodies {
    /// The statements, by place.
    pub statements: Vec<Statement>,
    /// Places whose statements are not known: dynamic SQL, bodies that no parser takes, languages that are not SQL.
    pub unread: Vec<(Source, Unread)>,
}

impl Bodies {
    fn take(&mut self, source: Source, text: &str) {
        self.statements.push(Statement { text: text.into(), calls: 1, time: Duration::ZERO, source });
    }
}

/// The statements that live in a catalog. A function is read by its language: SQL, or PL/pgSQL by PostgreSQL's own parser.
#[must_use]
pub fn read_catalog(catalog: &Catalog) -> Bodies {
    let mut bodies = Bodies::default();
    for function in &catalog.functions {
        of_function(function, &mut bodies);
    }
    for view in &catalog.views {
        bodies.take(Source::View(view.name.clone()), &view.definition);
    }
    for table in &catalog.tables {
        table.policies.iter().for_each(|policy| of_policy(table, policy, &mut bodies));
    }
    bodies
}

fn of_function(function: &Function, bodies: &mut Bodies) {
    let source = |line| Source::Function { name: function.name.clone(), line };
    match function.language.as_str() {
        "sql" => {
            for (line, text) in split_statements(without_atomic(&function.body)) {
                bodies.take(source(line), text);
            }
        }
        "plpgsql" => match plpgsql::parts(function) {
            Ok(parts) => parts.into_iter().for_each(|part| match part {
                Part::Statement { line, text } => bodies.take(source(line), &text),
                Part::Dynamic { line, text } => bodies.unread.push((source(line), Unread::Dynamic(text))),
            }),
            Err(why) => bodies.unread.push((source(1), why)),
        },
        "internal" | "c" => {}
        other => bodies.unread.push((source(1), Unread::NotParsed(format!("it is written in {other}")))),
    }
}

/// The statements between `BEGIN ATOMIC` and `END`, and the value after `RETURN`.
fn without_atomic(body: &str) -> &str {
    let word = |text: &'_ str, word: &str| text.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let trimmed = body.trim();
    if word(trimmed, "begin atomic") {
        let inner = trimmed["begin atomic".len()..].trim();
        return if inner.len() >= 3 && inner.is_char_boundary(inner.len() - 3) && word(&inner[inner.len() - 3..], "end")
        {
            &inner[..inner.len() - 3]
        } else {
            inner
        };
    }
    // The lines before it count, so that only a text that starts so is cut.
    body
}

/// A condition is only a statement of its own if it reads other tables.
fn of_policy(table: &Table, policy: &Policy, bodies: &mut Bodies) {
    let source = || Source::Policy { table: table.name.clone(), name: policy.name.clone() };
    let conditions = policy.using.iter().chain(&policy.with_check);
    for condition in conditions.filter(|condition| condition.to_ascii_lowercase().contains("select")) {
        bodies.take(source(), &format!("SELECT FROM {} WHERE {condition}", table.name.qualified()));
    }
}
