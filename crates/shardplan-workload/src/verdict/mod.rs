//! What Citus does with a statement: its shape and where the tables are come in, a verdict with the rules behind it goes out. Parses
//! nothing.

mod joins;
mod rules;
mod scene;
mod selects;
mod single;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use shardplan::{Catalog, KeyFate, Name, Plan, Profile, Table, TableName};

pub use rules::{StatementRule, statement_rules};

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

/// What statements are judged against: where the tables are, and what has changed about them.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Where the tables are.
    pub placements: Placements,
    /// The columns of keys that are unique only together with the distribution column from now on.
    pub widened: BTreeMap<TableName, Vec<Vec<Name>>>,
    /// The tables whose distribution column has a default: a row without a value goes where that leads.
    pub defaulted: BTreeSet<TableName>,
    /// The release of Citus.
    pub profile: Profile,
}

impl Target {
    /// What a plan makes of a catalog: the one that it was made for.
    #[must_use]
    pub fn of_plan(plan: &Plan, catalog: &Catalog) -> Self {
        let mut widened: BTreeMap<TableName, Vec<Vec<Name>>> = BTreeMap::new();
        for key in &plan.keys {
            let Some(table) = catalog.tables.iter().find(|table| table.name == key.table) else { continue };
            let column = |text: &String| table.columns.iter().find(|column| column.name.to_string() == *text);
            let columns: Option<Vec<Name>> = key.before.iter().map(|text| Some(column(text)?.name.clone())).collect();
            if let (KeyFate::Widened { .. }, Some(columns)) = (&key.fate, columns) {
                widened.entry(key.table.clone()).or_default().push(columns);
            }
        }
        let placements = Placements::of_plan(plan, catalog);
        let has_default = |table: &&Table| {
            let column = placements.key(&table.name).and_then(|key| table.column(key));
            column.is_some_and(|column| column.identity.is_some() || is_value(column.default.as_deref()))
        };
        let defaulted = catalog.tables.iter().filter(has_default).map(|table| table.name.clone()).collect();
        Self { placements, widened, defaulted, profile: plan.target }
    }
}

/// Whether a default is another than NULL.
fn is_value(default: Option<&str>) -> bool {
    default.is_some_and(|default| !default.to_ascii_lowercase().starts_with("null"))
}

impl Shape {
    /// Whether one node answers it when tables are placed so: one value binds all distributed tables, or there are none. What else
    /// Citus may have against it is left out.
    #[must_use]
    pub fn is_single_shard(&self, placements: &Placements) -> bool {
        let scene = Scene::new(self, placements);
        single::is_single(&scene)
    }

    /// What Citus does with it.
    #[must_use]
    pub fn judge(&self, target: &Target) -> Judgement {
        let scene = Scene::new(self, &target.placements);
        let mut reasons = Vec::new();
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
