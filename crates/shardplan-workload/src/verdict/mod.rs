//! What Citus does with a statement: its shape and where the tables are come in, a verdict with the rules behind it goes out. Parses
//! nothing.

mod commands;
mod joins;
mod rules;
mod scene;
mod selects;
mod single;
mod target;
mod writes;

use std::fmt;

use serde::Serialize;
use shardplan::{Name, TableName};

pub use rules::{StatementRule, statement_rules};
pub use target::Target;

use crate::placement::Placements;
use crate::shape::Shape;
use scene::Scene;

/// What Citus does with a statement, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One node answers it: one value of the distribution column binds all distributed tables, or there are none.
    SingleShard,
    /// All shards, or several, answer it. It works.
    Parallel,
    /// It must be edited: what it relies on has changed.
    Changes,
    /// Citus refuses it.
    Refused,
    /// It could not be read.
    Unknown,
}

impl Verdict {
    /// All of them, from the best to the worst.
    pub const ALL: [Self; 5] = [Self::SingleShard, Self::Parallel, Self::Changes, Self::Refused, Self::Unknown];
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SingleShard => "single shard",
            Self::Parallel => "parallel",
            Self::Changes => "changes",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        })
    }
}

/// Why a statement has its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: &'static StatementRule,
    /// The table that it is about, by the statement's own name for it, and the column that is missing there.
    pub missing: Option<Missing>,
}

/// What a statement does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The table.
    pub table: TableName,
    /// The name that the statement has for it.
    pub alias: Name,
    /// The distribution column.
    pub column: Name,
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The worst of what its rules say.
    pub verdict: Verdict,
    /// The rules that apply, the worst first.
    pub reasons: Vec<Reason>,
}

impl Shape {
    /// Whether one node answers it when tables are placed so: one value binds all distributed tables, or there are none. What else
    /// Citus may have against it is left out.
    #[must_use]
    pub fn is_single_shard(&self, placements: &Placements) -> bool {
        let scene = Scene::new(self, placements);
        self.deeds.is_empty() && single::is_single(&scene)
    }

    /// What Citus does with it.
    #[must_use]
    pub fn judge(&self, target: &Target) -> Judgement {
        let scene = Scene::new(self, &target.placements);
        let mut reasons = Vec::new();
        commands::check(&scene, &mut reasons);
        writes::check(&scene, &mut reasons);
        if !single::is_single(&scene) {
            selects::check(&scene, &mut reasons);
            joins::check(&scene, &mut reasons);
        }
        if reasons.is_empty() {
            writes::check_rows(&scene, target, &mut reasons);
            selects::check_lookups(&scene, target, &mut reasons);
        }
        if reasons.is_empty() {
            reasons.push(single::way(&scene));
        }
        reasons.retain(|reason| reason.rule.holds_on(target.profile));
        if reasons.is_empty() {
            reasons.push(single::way(&scene));
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rule.verdict));
        reasons.dedup();
        let verdict = reasons.first().map_or(Verdict::Unknown, |reason| reason.rule.verdict);
        Judgement { verdict, reasons }
    }
}
