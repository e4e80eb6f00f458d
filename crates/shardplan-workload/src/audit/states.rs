//! What fails while a plan runs: statements and a plan come in, those that Citus refuses while only some tables are placed, and for
//! how long, go out.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use serde::Serialize;
use shardplan::{Catalog, CopyRate, Estimate, Plan};

use crate::names::Names;
use crate::placement::Placements;
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

/// The statements that are refused in some state that the plan leads through, and not at its end, by place and rule.
///
/// The states are few and the statements many, so each statement is read once and tried against all states.
#[must_use]
pub fn refused_meanwhile(plan: &Plan, catalog: &Catalog, rate: CopyRate, statements: &[Statement]) -> Vec<Meanwhile> {
    let after = plan.carried_out(catalog.clone());
    let names = Names::new(&after);
    let end = Target::of_plan(plan, &after);
    let (order, states) = states(plan, catalog, rate);
    let targets: Vec<Target> =
        states.into_iter().map(|placements| Target { placements, widened: BTreeMap::new(), ..end.clone() }).collect();
    let refused = each(statements, |statement| refusals(&names, &targets, &order, &statement.text));
    let mut by_state: Vec<BTreeSet<(usize, &'static str)>> = vec![BTreeSet::new(); targets.len()];
    for (at, refusals) in refused.into_iter().enumerate() {
        for (state, rule) in refusals {
            by_state[state].insert((at, rule));
        }
    }
    let mut passed = order.iter();
    let failing = plan.failing(catalog.clone(), rate, |_| {
        passed.next().and_then(|state| by_state.get(*state)).cloned().unwrap_or_default()
    });
    let mut found: Vec<Meanwhile> = Vec::new();
    for one in failing.into_iter().filter(|one| one.until.is_some()) {
        let ((statement, rule), (seconds, at_least)) = (one.what, seconds(one.time));
        match found.last_mut().filter(|last| last.statement == statement && last.rule == rule) {
            Some(last) => {
                last.seconds += seconds;
                last.at_least |= at_least;
            }
            None => found.push(Meanwhile { statement, rule, seconds, at_least }),
        }
    }
    found
}

fn seconds(time: Estimate<std::time::Duration>) -> (f64, bool) {
    match time {
        Estimate::About(time) => (time.as_secs_f64(), false),
        Estimate::AtLeast(time) => (time.as_secs_f64(), true),
    }
}

/// The different placements that a plan leads through, and which of them each of its states has.
fn states(plan: &Plan, catalog: &Catalog, rate: CopyRate) -> (Vec<usize>, Vec<Placements>) {
    let mut places: HashMap<Placements, usize> = HashMap::default();
    let mut order = Vec::new();
    let _ = plan.failing(catalog.clone(), rate, |cluster| {
        let next = places.len();
        order.push(*places.entry(Placements::of_cluster(cluster)).or_insert(next));
        BTreeSet::<()>::new()
    });
    let mut states: Vec<(usize, Placements)> = places.into_iter().map(|(placements, at)| (at, placements)).collect();
    states.sort_by_key(|(at, _)| *at);
    (order, states.into_iter().map(|(_, placements)| placements).collect())
}

/// The states that refuse a statement, those left out that the last state has too: what is refused in the end is another list's.
fn refusals(names: &Names, targets: &[Target], order: &[usize], text: &str) -> Vec<(usize, &'static str)> {
    let Ok(shape) = Shape::new(names, text) else { return Vec::new() };
    let in_the_end = order.last().and_then(|last| targets.get(*last)).map(|target| shape.judge(target).verdict);
    if in_the_end == Some(Verdict::Refused) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (state, target) in targets.iter().enumerate() {
        let judgement = shape.judge(target);
        if judgement.verdict == Verdict::Refused {
            found.extend(judgement.reasons.first().map(|reason| (state, reason.rule.id)));
        }
    }
    found
}
