//! How hard a move is: a plan comes in, one line goes out, with the reasons.

use std::collections::BTreeSet;
use std::fmt;

use shardplan::{ForeignKeyFate, KeyFate, Loss, Placement, Plan, Severity};

use crate::words::{Class, counted, found, shown};

/// From how many kinds of warnings on a move is hard: each is a decision of its own.
const MANY_DECISIONS: usize = 6;
/// From how many foreign keys between a row and its key on a move is hard.
const LONG_PATH: usize = 3;

/// How hard a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Difficulty {
    /// The application need hardly know.
    Low,
    /// Rows get a column that the application must write, or something must be decided.
    Medium,
    /// Promises of the schema end, or much must be decided.
    High,
    /// There is no plan.
    Blocked,
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Blocked => "blocked",
        })
    }
}

/// The difficulty and its reasons in one line.
pub(crate) fn line(plan: &Plan) -> String {
    let mut reasons = reasons(plan);
    let difficulty = reasons.iter().map(|(weight, _)| *weight).max().unwrap_or(Difficulty::Low);
    reasons.retain(|(weight, _)| *weight == difficulty);
    let reasons: Vec<String> = reasons.into_iter().map(|(_, reason)| reason).collect();
    let why = match (reasons.is_empty(), Class::Local.count(plan)) {
        (false, _) => reasons.join(", "),
        (true, 0) => "all tables hold the key already".to_owned(),
        (true, local) => {
            let stay = if local == 1 { "stays" } else { "stay" };
            format!("{local} of them {stay} on one node, and the others hold the key already")
        }
    };
    format!("Difficulty of {} by {}: {difficulty} ({why})", counted(plan.tables.len(), "table"), shown(&plan.key))
}

/// What makes it harder than nothing, each with how hard that alone is.
fn reasons(plan: &Plan) -> Vec<(Difficulty, String)> {
    let mut reasons = Vec::new();
    let mut add = |difficulty, number: usize, one: &str, many: &str| {
        if number > 0 {
            reasons.push((difficulty, format!("{number} {}", if number == 1 { one } else { many })));
        }
    };
    add(Difficulty::Blocked, found(plan, Severity::Blocker), "blocker", "blockers");
    let across = |fate: &KeyFate| matches!(fate, KeyFate::GivenUp | KeyFate::Widened { loses: Loss::AcrossKeys, .. });
    add(
        Difficulty::High,
        plan.keys.iter().filter(|key| across(&key.fate)).count(),
        "key is unique per tenant only",
        "keys are unique per tenant only",
    );
    let given_up = plan.foreign_keys.iter().filter(|verdict| verdict.fate == ForeignKeyFate::GivenUp);
    add(Difficulty::High, given_up.count(), "foreign key is given up", "foreign keys are given up");
    let decisions: BTreeSet<&str> = plan.open(Severity::Warning).map(|finding| &*finding.rule).collect();
    let weight = if decisions.len() < MANY_DECISIONS { Difficulty::Medium } else { Difficulty::High };
    add(weight, decisions.len(), "kind of warning", "kinds of warnings");
    add(Difficulty::Medium, Class::Backfill.count(plan), "table gets the key", "tables get the key");
    let far = plan.tables.iter().filter(|table| is_far(&table.placement)).count();
    add(Difficulty::High, far, "long path to the key", "long paths to the key");
    reasons
}

fn is_far(placement: &Placement) -> bool {
    matches!(placement, Placement::Distributed { backfill: Some(path), .. } if path.hops.len() >= LONG_PATH)
}
