//! What the application must change, by table: judged statements come in, one list per table goes out.

use std::collections::BTreeMap;

use serde::Serialize;
use shardplan::{QualifiedName, TableName};

use super::Judged;
use crate::statement::Source;
use crate::verdict::Verdict;

/// What must be changed about one table. Statements are named by their place in [`Audit::statements`](super::Audit::statements).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TableChanges {
    /// The table.
    pub table: TableName,
    /// Statements of the application, the most frequent first.
    pub statements: Vec<usize>,
    /// Functions, with the line of the body, by name and line.
    pub functions: Vec<Place>,
    /// Views, rules and policies, by name.
    pub views: Vec<Place>,
}

/// A place in the database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// What it is in.
    pub name: QualifiedName,
    /// The line of a function's body; 0 for anything else.
    pub line: u64,
    /// The statement.
    pub statement: usize,
}

/// The lists, by table. A statement stands under the table that its rules are about, or else under all that it touches.
pub(super) fn changes(statements: &[Judged]) -> Vec<TableChanges> {
    let mut found: BTreeMap<TableName, TableChanges> = BTreeMap::new();
    let bad = |judged: &Judged| matches!(judged.verdict, Verdict::Changes | Verdict::Refused);
    for (at, judged) in statements.iter().enumerate().filter(|(_, judged)| bad(judged)) {
        for table in about(judged) {
            let empty = || TableChanges {
                table: table.clone(),
                statements: Vec::new(),
                functions: Vec::new(),
                views: Vec::new(),
            };
            put(found.entry(table.clone()).or_insert_with(empty), at, judged);
        }
    }
    let mut found: Vec<TableChanges> = found.into_values().collect();
    for changes in &mut found {
        changes.statements.sort_by_key(|at| std::cmp::Reverse(statements[*at].calls));
        changes.functions.sort();
        changes.views.sort();
    }
    found
}

fn put(changes: &mut TableChanges, statement: usize, judged: &Judged) {
    match &judged.source {
        Source::Function { name, line } => {
            changes.functions.push(Place { name: name.clone(), line: *line, statement });
        }
        Source::View(name) | Source::Rule { table: name, .. } | Source::Policy { table: name, .. } => {
            changes.views.push(Place { name: name.clone(), line: 0, statement });
        }
        _ => changes.statements.push(statement),
    }
}

fn about(judged: &Judged) -> Vec<&TableName> {
    let mut named: Vec<&TableName> =
        judged.reasons.iter().filter_map(|why| why.missing.as_ref()).map(|missing| &missing.table).collect();
    if named.is_empty() {
        named = judged.tables.iter().collect();
    }
    named.sort();
    named.dedup();
    named
}
