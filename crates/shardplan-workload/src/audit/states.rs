//! What fails while a plan runs: statements and plans come in, those that Citus refuses while only some tables are placed, and for
//! how long, go out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use shardplan::{Catalog, CopyRate, Plan, Strategy, TableName};

use super::course::Course;
use crate::names::Names;
use crate::placement::Spot;
use crate::shape::{Shape, each};
use crate::statement::Statement;
use crate::verdict::{Target, Verdict};

/// A statement that Citus refuses for a while.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meanwhile {
    /// Its place in the list that was given.
    pub statement: usize,
    /// The rule by which it is refused.
    pub rule: &'static str,
    /// For how many seconds, without the time that passes between two scripts.
    pub seconds: f64,
    /// Whether it may be more, since some size is not known.
    pub at_least: bool,
}

/// What is refused while a plan by one strategy runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByStrategy {
    /// The strategy.
    #[serde(serialize_with = "crate::audit::displayed")]
    pub strategy: Strategy,
    /// The statements; `None` if something blocks the plan.
    pub refused: Option<Vec<Meanwhile>>,
}

/// The statements that are refused in some state that the plan leads through, and not at its end, by place and rule.
#[must_use]
pub fn refused_meanwhile(plan: &Plan, catalog: &Catalog, rate: CopyRate, statements: &[Statement]) -> Vec<Meanwhile> {
    let names = Names::new(&plan.carried_out(catalog.clone()));
    refused(&[plan], &names, catalog, rate, statements).pop().unwrap_or_default()
}

/// The same for the plans by several strategies, as [`Comparison::plans`](shardplan::Comparison::plans) has them: which of them the
/// application notices least.
#[must_use]
pub fn refused_by_strategy(
    plans: &[Plan],
    catalog: &Catalog,
    rate: CopyRate,
    statements: &[Statement],
) -> Vec<ByStrategy> {
    let open: Vec<&Plan> = plans.iter().filter(|plan| !plan.is_blocked()).collect();
    let names = open.first().map(|plan| Names::new(&plan.carried_out(catalog.clone()))).unwrap_or_default();
    let mut found = refused(&open, &names, catalog, rate, statements).into_iter();
    let of = |plan: &Plan| {
        let refused = if plan.is_blocked() { None } else { found.next() };
        ByStrategy { strategy: plan.strategy, refused }
    };
    plans.iter().map(of).collect()
}

/// The states are many and so are the statements, so each statement is read once, and tried only where its own tables are apart.
fn refused(
    plans: &[&Plan],
    names: &Names,
    catalog: &Catalog,
    rate: CopyRate,
    statements: &[Statement],
) -> Vec<Vec<Meanwhile>> {
    let mut found: Vec<Vec<Meanwhile>> = vec![Vec::new(); plans.len()];
    if statements.is_empty() {
        return found;
    }
    let courses: Vec<(Course, &Plan)> = plans.iter().map(|plan| (Course::new(plan, catalog, rate), *plan)).collect();
    let refusals = each(statements, |statement| {
        let shape = Shape::new(names, &statement.text).ok();
        let of = |(course, plan): &(Course, &Plan)| {
            shape.as_ref().map(|shape| refusals(shape, course, plan)).unwrap_or_default()
        };
        courses.iter().map(of).collect::<Vec<_>>()
    });
    for (statement, by_plan) in refusals.into_iter().enumerate() {
        for (at, rules) in by_plan.into_iter().enumerate() {
            let meanwhile = |(rule, (seconds, at_least))| Meanwhile { statement, rule, seconds, at_least };
            found[at].extend(rules.into_iter().map(meanwhile));
        }
    }
    found
}

/// The rules by which a statement is refused for a while, and for how long; none if it is refused in the end too, which is another
/// list's. While all its tables are local, nothing is refused.
fn refusals(shape: &Shape, course: &Course, plan: &Plan) -> BTreeMap<&'static str, (f64, bool)> {
    let tables: BTreeSet<&TableName> = shape.tables().collect();
    let judged = |placements| shape.judge(&Target { placements, profile: plan.target, ..Target::default() });
    let end = course.end(&tables);
    let mut found: BTreeMap<&'static str, (f64, bool)> = BTreeMap::new();
    let mut refused_in_the_end = None;
    for (from, to) in course.parts(&tables) {
        let placements = course.placements(&tables, from);
        if placements == end || placements.0.values().all(|spot| *spot == Spot::Local) {
            continue;
        }
        if *refused_in_the_end.get_or_insert_with(|| judged(end.clone()).verdict == Verdict::Refused) {
            return BTreeMap::new();
        }
        let judgement = judged(placements);
        let rule = judgement.reasons.first().filter(|_| judgement.verdict == Verdict::Refused);
        if let Some(rule) = rule.map(|reason| reason.rule.id) {
            let (seconds, at_least) = course.time(from, to);
            let sum = found.entry(rule).or_default();
            *sum = (sum.0 + seconds, sum.1 | at_least);
        }
    }
    found
}
