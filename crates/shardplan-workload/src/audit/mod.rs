//! A workload against a plan: statements, a catalog and a plan come in; what each statement becomes, what the application must
//! change, table by table, and what fails while the plan runs, go out. Renders nothing.

mod course;
mod states;
mod tables;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use shardplan::{Catalog, Plan, Policy, QualifiedName, Table, TableName};

pub use states::{ByStrategy, Meanwhile, refused_by_strategy, refused_meanwhile};
pub use tables::{Place, TableChanges};

use crate::names::Names;
use crate::parse::Unread;
use crate::rewrite::{Known, Rewrite, Written, rewrite};
use crate::shape::{Shape, each};
use crate::statement::{Bodies, Source, Statement};
use crate::verdict::{Judgement, Missing, Target, Verdict};

/// The findings about a workload.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Audit {
    /// The statements that touch a table of the plan, or that could not be read; the worst first, then the most frequent.
    pub statements: Vec<Judged>,
    /// The others, such as BEGIN and SET: how many there are.
    pub elsewhere: Tally,
    /// What must be changed, by table.
    pub tables: Vec<TableChanges>,
}

/// A statement with its verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Judged {
    /// Its verdict.
    pub verdict: Verdict,
    /// Its text.
    pub text: String,
    /// Where it comes from.
    pub source: Source,
    /// How often it ran.
    pub calls: u64,
    /// For how long.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
    /// The tables of the plan that it touches, sorted.
    pub tables: Vec<TableName>,
    /// The rules behind the verdict, the worst first.
    pub reasons: Vec<Why>,
    /// What it can be instead.
    pub rewrite: Option<Rewrite>,
    /// Why it could not be read.
    pub unread: Option<Unread>,
}

/// A rule that applies to a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The id of the rule; [`statement_rules`](crate::statement_rules) has it.
    pub rule: &'static str,
    /// The table and the column that it misses.
    pub missing: Option<Missing>,
}

/// So many statements, with their weight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Distinct statements.
    pub statements: u64,
    /// How often they ran.
    pub calls: u64,
    /// For how long.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub time: Duration,
}

fn displayed<S: serde::Serializer>(what: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(what)
}

fn seconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl Tally {
    fn add(&mut self, calls: u64, time: Duration) {
        self.statements += 1;
        self.calls = self.calls.saturating_add(calls);
        self.time = self.time.saturating_add(time);
    }
}

impl Audit {
    /// Judges statements and what lives in the catalog against a plan. The catalog is the one that the plan was made for.
    #[must_use]
    pub fn new(plan: &Plan, catalog: &Catalog, statements: &[Statement], bodies: &Bodies) -> Self {
        let after = plan.carried_out(catalog.clone());
        let names = Names::new(&after);
        let target = Target::of_plan(plan, &after);
        let known = Known::new(&after, &target);
        let mut audit = Self::default();
        let given_up = given_up(catalog, &after);
        let variables = variables::of_functions(&names, &target, &bodies.statements);
        for list in [statements, &bodies.statements] {
            let judged = each(list, |statement| judge(&names, &target, &known, &variables, statement));
            for (statement, judged) in list.iter().zip(judged) {
                if !given_up.contains(&statement.source) {
                    audit.take(statement, judged);
                }
            }
        }
        for (source, why) in &bodies.unread {
            let text = if let Unread::Dynamic(text) = why { format!("EXECUTE {text}") } else { String::new() };
            audit.statements.push(unknown(text, source.clone(), 1, Duration::ZERO, why.clone()));
        }
        // The order of equal ones is that of their reading.
        audit.statements.sort_by_key(|judged| std::cmp::Reverse((judged.verdict, judged.calls, judged.time)));
        audit.tables = tables::changes(&audit.statements);
        audit
    }

    fn take(&mut self, statement: &Statement, judged: Option<Judged>) {
        match judged {
            Some(judged) => self.statements.push(judged),
            None if statement.source.is_stored() => {}
            None => self.elsewhere.add(statement.calls, statement.time),
        }
    }

    /// How many statements have a verdict, and their weight. What lives in the database counts as a statement that never ran.
    #[must_use]
    pub fn tally(&self, verdict: Verdict) -> Tally {
        let mut tally = Tally::default();
        for judged in self.statements.iter().filter(|judged| judged.verdict == verdict) {
            let calls = if judged.source.is_stored() { 0 } else { judged.calls };
            tally.add(calls, judged.time);
        }
        tally
    }

    /// The worst verdict; what could not be read is no worse than what must be changed.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        let verdicts = self.statements.iter().map(|judged| judged.verdict);
        let worst = verdicts.map(|verdict| if verdict == Verdict::Unknown { Verdict::Changes } else { verdict }).max();
        worst.unwrap_or(Verdict::SingleShard)
    }
}

/// The policies that the plan does not keep.
fn given_up(before: &Catalog, after: &Catalog) -> BTreeSet<Source> {
    let policies = |catalog: &Catalog| {
        let of = |table: &Table| {
            let policy = |policy: &Policy| Source::Policy { table: table.name.clone(), name: policy.name.clone() };
            table.policies.iter().map(policy).collect::<Vec<_>>()
        };
        catalog.tables.iter().flat_map(of).collect::<BTreeSet<Source>>()
    };
    let kept = policies(after);
    policies(before).into_iter().filter(|policy| !kept.contains(policy)).collect()
}

fn judge(
    names: &Names,
    target: &Target,
    known: &Known,
    variables: &BTreeMap<QualifiedName, String>,
    statement: &Statement,
) -> Option<Judged> {
    let shape = match Shape::new(names, &statement.text) {
        Ok(shape) => shape,
        Err(why) => {
            let text = statement.text.to_string();
            return Some(unknown(text, statement.source.clone(), statement.calls, statement.time, why));
        }
    };
    let mut tables: Vec<TableName> =
        shape.tables().filter(|table| target.placements.0.contains_key(table)).cloned().collect();
    tables.sort();
    tables.dedup();
    if tables.is_empty() {
        return None;
    }
    let Judgement { verdict, reasons } = shape.judge(target);
    let variable = match &statement.source {
        Source::Function { name, .. } => variables.get(name).map(String::as_str),
        _ => None,
    };
    let rewrite = rewrite(names, target, known, &shape, &Written { text: &statement.text, variable }, &reasons);
    let why = |reason: crate::verdict::Reason| Why { rule: reason.rule.id, missing: reason.missing };
    Some(Judged {
        verdict,
        text: statement.text.to_string(),
        source: statement.source.clone(),
        calls: statement.calls,
        time: statement.time,
        tables,
        reasons: reasons.into_iter().map(why).collect(),
        rewrite,
        unread: None,
    })
}

fn unknown(text: String, source: Source, calls: u64, time: Duration, why: Unread) -> Judged {
    Judged {
        verdict: Verdict::Unknown,
        text,
        source,
        calls,
        time,
        tables: Vec::new(),
        reasons: Vec::new(),
        rewrite: None,
        unread: Some(why),
    }
}
