//! What a statement can be instead: its text, its shape and the rules that apply come in; SQL that meets fewer of them goes out.
//!
//! Only what follows from the statement and the schema is derived: a distribution column that another table of the statement has and
//! a foreign key makes equal; a conflict target that gains it. Where only the application knows the value, the rewrite has a new
//! parameter and says so. What comes out is parsed and judged again, and dropped unless it is better.

mod edit;
mod join;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;
use shardplan::{Catalog, ColumnPair, Name, TableName};
use sqlparser::ast::{Expr, ObjectName, Statement, Value, visit_expressions};

use crate::names::Names;
use crate::parse::{Unread, parse};
use crate::shape::Shape;
use crate::verdict::{Missing, Reason, Target, Verdict};

/// A statement in other words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rewrite {
    /// The statement.
    pub sql: String,
    /// The parameters that the application must give besides, each with the column that it is for.
    pub parameters: Vec<(String, Name)>,
    /// What it is then.
    pub verdict: Verdict,
}

/// A statement as it was found.
pub(crate) struct Written<'a> {
    pub(crate) text: &'a str,
    /// The variable in which the function that it stands in has the key.
    pub(crate) variable: Option<&'a str>,
}

/// What the schema promises about rows that meet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// The columns of foreign keys between distributed tables, their distribution columns left out: rows that meet by the rest have
    /// equal ones, since the key checks it.
    foreign_keys: BTreeMap<(TableName, TableName), Vec<Vec<ColumnPair>>>,
}

impl Known {
    /// From the catalog that the plan leads to: its foreign keys that have both distribution columns.
    pub(crate) fn new(after: &Catalog, target: &Target) -> Self {
        let mut known = Self::default();
        for key in &after.foreign_keys {
            let (from, to) = (target.placements.key(&key.from), target.placements.key(&key.to));
            let (Some(from), Some(to)) = (from, to) else { continue };
            let (keys, others): (Vec<ColumnPair>, Vec<ColumnPair>) =
                key.columns.iter().cloned().partition(|pair| pair.from == *from && pair.to == *to);
            if !keys.is_empty() && !others.is_empty() {
                known.foreign_keys.entry((key.from.clone(), key.to.clone())).or_default().push(others);
            }
        }
        known
    }
}

/// The statement in other words; `None` when nothing can be derived, or nothing need be.
pub(crate) fn rewrite(
    names: &Names,
    target: &Target,
    known: &Known,
    shape: &Shape,
    written: &Written<'_>,
    reasons: &[Reason],
) -> Option<Rewrite> {
    let before = reasons.first()?.rule.verdict;
    if before == Verdict::SingleShard {
        return None;
    }
    let parsed = parse(written.text).ok().filter(|parsed| parsed.whole && parsed.statements.len() == 1)?;
    let mut draft = Draft { statement: parsed.statements.into_iter().next()?, parameters: Vec::new(), written };
    let holds = |name: &ObjectName, column: &Name| {
        names.find(name).is_some_and(|(table, _)| target.placements.key(table) == Some(column))
    };
    let mut edited = false;
    for reason in reasons {
        let Some(missing) = &reason.missing else { continue };
        edited |= match reason.rule.id {
            "insert-without-key" => edit::insert_key(&mut draft, missing, holds),
            "conflict-target" => edit::widen_target(&mut draft, missing),
            "lookup-by-old-key" | "page-by-old-key" | "search-by-old-key" => {
                join::follow(&mut draft, shape, target, known, missing) || edit::ask(&mut draft, missing)
            }
            "join-repartitioned" | "join-not-by-key" | "all-shards" => {
                join::follow(&mut draft, shape, target, known, missing)
            }
            _ => false,
        };
    }
    let sql = edited.then(|| draft.statement.to_string())?;
    let verdict = verdict(names, target, &sql).ok()?;
    (verdict < before).then_some(Rewrite { sql, parameters: draft.parameters, verdict })
}

fn verdict(names: &Names, target: &Target, sql: &str) -> Result<Verdict, Unread> {
    Ok(Shape::new(names, sql)?.judge(target).verdict)
}

/// A statement that is being edited.
struct Draft<'a> {
    statement: Statement,
    parameters: Vec<(String, Name)>,
    written: &'a Written<'a>,
}

impl Draft<'_> {
    /// A new parameter in the manner of the statement's own.
    fn parameter(&mut self, missing: &Missing) -> String {
        let numbers =
            self.written.text.split('$').skip(1).filter_map(|rest| {
                rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().ok()
            });
        let parameter = match (self.written.variable, numbers.max()) {
            (Some(variable), _) => variable.to_owned(),
            (None, Some(last)) => format!("${}", last + 1 + self.parameters.len()),
            (None, None) if has_nameless(&self.statement) => "?".to_owned(),
            (None, None) => format!(":{}", plain(&missing.column)),
        };
        self.parameters.push((parameter.clone(), missing.column.clone()));
        parameter
    }
}

/// Whether a statement has parameters that are told apart by their order only.
fn has_nameless(statement: &Statement) -> bool {
    let is_nameless =
        |part: &Expr| matches!(part, Expr::Value(value) if value.value == Value::Placeholder("?".to_owned()));
    let found = visit_expressions(statement, |part| match is_nameless(part) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    found.is_break()
}

/// A name of a parameter for a column, whatever that is called.
fn plain(column: &Name) -> String {
    column.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}
