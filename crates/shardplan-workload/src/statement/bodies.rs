//! A catalog comes in, the statements that live in it go out: those of functions, views, materialized views, policies and
//! rewrite rules. A trigger runs statements through its function, and its condition can have no query.

use std::thread;
use std::time::Duration;

use shardplan::{Catalog, Function, Policy, Rule, Table, split_statements};

use super::plpgsql::{self, Part};
use super::{Source, Statement};
use crate::command::rule_actions;
use crate::parse::{Unread, on_a_deep_stack};

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
        table.rules.iter().for_each(|rule| of_rule(table, rule, &mut bodies));
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

/// Only one whose condition reads other tables matters, and that as a whole: Citus may not take it.
fn of_policy(table: &Table, policy: &Policy, bodies: &mut Bodies) {
    let has_query = |condition: &String| condition.to_ascii_lowercase().contains("select");
    if policy.using.iter().chain(&policy.with_check).any(has_query) {
        let using = policy.using.iter().map(|condition| format!(" USING ({condition})"));
        let checks = policy.with_check.iter().map(|condition| format!(" WITH CHECK ({condition})"));
        let conditions: String = using.chain(checks).collect();
        let text = format!("CREATE POLICY {} ON {}{conditions}", policy.name, table.name.qualified());
        bodies.take(Source::Policy { table: table.name.clone(), name: policy.name.clone() }, &text);
    }
}

fn of_rule(table: &Table, rule: &Rule, bodies: &mut Bodies) {
    let source = || Source::Rule { table: table.name.clone(), name: rule.name.clone() };
    let read = || rule_actions(&rule.definition);
    let actions = thread::scope(|scope| match on_a_deep_stack(scope, read) {
        Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        Err(_) => read(),
    });
    match actions {
        Ok(actions) => actions.iter().for_each(|action| bodies.take(source(), action)),
        Err(why) => bodies.unread.push((source(), why)),
    }
}
