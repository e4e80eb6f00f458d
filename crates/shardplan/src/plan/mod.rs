//! The plan: a classification comes in, verdicts, an order and typed steps in phases go out. Knows no SQL text, no parser, no
//! server and no petgraph.

mod accept;
mod aside;
mod atomic;
mod change;
mod columns;
mod compare;
mod concurrent;
mod condition;
mod cost;
mod distribute;
mod draft;
mod fill;
mod filling;
mod foreign_key_steps;
mod foreign_keys;
mod gate;
mod json;
mod key_steps;
mod keys;
mod limits;
mod lock;
mod names;
mod obstacles;
mod online;
mod order;
mod partitions;
mod policies;
mod preflight;
mod prepare;
mod remake;
mod row_types;
mod sequence;
mod server;
mod shadow;
mod simulate;
mod states;
mod step;
mod support;
mod suspend;
mod unify;
mod verdict;
mod views;

pub use change::{Change, Commented, IndexBuild, KeyKind, Method, TableObject};
pub use compare::{Candidate, Comparison, Outlook};
pub use condition::Condition;
pub use cost::{Cost, Estimate, Figures, UnenforcedTime, WriteWait};
pub use filling::{
    Backfill, CopyColumn, Derivation, Disagreeing, KeepCopy, KeepKey, KeyTrigger, PassKeyOn, Unassigned, Undecided,
};
pub use gate::Gate;
pub use lock::{LockMode, TableLock};
pub use shadow::{CopyRows, Holder, KeySource, Shadow, ShadowChange, ShadowPart};
pub use simulate::{Alteration, At, Cluster, Gap, Refusal, Simulation, Standing, Unenforced, Unkept};
pub use states::Failing;
pub use step::{Phase, PhaseKind, Step, Transaction, Undo};
pub use verdict::{
    ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Loss, LostAction, PlacedAs, Placing, PlannedTable,
    Suspended, Suspension, UniqueKind,
};

use serde::{Deserialize, Serialize};

use self::cost::Course;
use crate::citus::Profile;
use crate::classify::{Classification, DistributionKey, Strategy};
use crate::finding::{Finding, Severity};

/// From so many tables on, a thread costs less than it saves.
const WORTH_A_THREAD: usize = 500;

/// The way from the schema as it is to the distributed one: plain public data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The [fingerprint](crate::SchemaGraph::fingerprint) of the schema that it was made for.
    pub fingerprint: String,
    /// The distribution key.
    pub key: DistributionKey,
    /// The Citus that it is for.
    #[serde(default)]
    pub target: Profile,
    /// How all tables together are distributed.
    #[serde(default)]
    pub strategy: Strategy,
    /// Every table's verdict, by name.
    pub tables: Vec<PlannedTable>,
    /// What becomes of each primary key, unique constraint, unique index and exclusion constraint, by table and name.
    pub keys: Vec<KeyVerdict>,
    /// What becomes of each foreign key, and those that the plan adds, by table and name.
    pub foreign_keys: Vec<ForeignKeyVerdict>,
    /// The tables in the order in which they are placed: reference tables first, then referenced before referencing; but those
    /// that go online in the order by which foreign keys are unenforced for the least time.
    pub order: Vec<Placing>,
    /// All phases, in order.
    pub phases: Vec<Phase>,
    /// What the user must read, most severe first.
    pub findings: Vec<Finding>,
    /// What it costs; `None` while something blocks it.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// What all strategies would cost, if a [`Comparison`] has chosen this one.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
}

impl Plan {
    /// Plans the move. Total: what cannot be done becomes a blocking finding, and [`Plan::is_blocked`] says so.
    #[must_use]
    pub fn new(classification: &Classification<'_>) -> Self {
        let graph = classification.graph();
        let is_large = graph.catalog().tables.len() >= WORTH_A_THREAD;
        let drafted = || Self::drafted(classification);
        let (fingerprint, mut plan) = aside::with(is_large, || graph.fingerprint().to_owned(), drafted);
        plan.fingerprint = fingerprint;
        if plan.is_blocked() {
            crate::finding::sort(&mut plan.findings);
        } else {
            plan.simulate(classification);
        }
        accept::mark(&mut plan.findings, &classification.rules().accepted);
        plan
    }

    /// All of it but the fingerprint, what the simulation says, what it costs and the order of the findings. What only the parts of the planner need
    /// is gone when it returns, which for a large schema is much.
    fn drafted(classification: &Classification<'_>) -> Self {
        let mut draft = draft::Draft::new(classification);
        support::check_tables(&mut draft);
        columns::check(&mut draft);
        row_types::check(&mut draft);
        views::check(&mut draft);
        let keys = keys::decide(&mut draft);
        let mut foreign_keys = foreign_keys::decide(&mut draft, &keys);
        support::check_added_columns(&mut draft, &foreign_keys);
        let usual = order::placings(&mut draft, &foreign_keys);
        let order = online::arranged(&mut draft, &foreign_keys, &usual);
        suspend::decide(&mut draft, &mut foreign_keys, &order);
        views::made_anew(&mut draft, &foreign_keys, &order);
        columns::check_taken_in(&mut draft, &foreign_keys, &order);
        if draft.strategy == Strategy::Atomic {
            atomic::report(&mut draft, &order);
        }
        let mut phases = prepare::phases(&mut draft, &keys, &foreign_keys, &usual);
        if draft.strategy == Strategy::Shadow {
            phases = shadow::phases(&mut draft, phases, &foreign_keys, &order);
        } else {
            phases.extend(distribute::phases(&draft, &foreign_keys, &order));
        }
        server::check(&mut draft, &order);
        let (target, strategy) = (draft.target, draft.strategy);
        Self {
            fingerprint: String::new(),
            key: classification.rules().key.clone(),
            target,
            strategy,
            tables: classification.tables().iter().map(|classified| planned(classification, classified)).collect(),
            keys: keys.verdicts,
            foreign_keys,
            order,
            phases,
            findings: draft.findings,
            cost: None,
            candidates: Vec::new(),
        }
    }

    /// Adds what the simulated cluster says, and what the plan costs; sorts the findings meanwhile.
    fn simulate(&mut self, classification: &Classification<'_>) {
        let (catalog, rules) = (classification.graph().catalog(), classification.rules());
        let mut sorted = std::mem::take(&mut self.findings);
        let simulate = || Simulation::new(self, catalog.clone());
        let meanwhile = || {
            crate::finding::sort(&mut sorted);
            Course::new(self, catalog, rules.copy_rate)
        };
        let is_large = self.tables.len() >= WORTH_A_THREAD;
        let (simulation, cost) = aside::with(is_large, simulate, meanwhile);
        let cost = cost.into_cost(&simulation.gaps);
        self.findings = sorted;
        let mut findings = simulate::findings(self, &simulation);
        if !findings.iter().any(|finding| finding.severity == Severity::Blocker) {
            findings.extend(limits::findings(&cost, rules, &classification.root().name));
            self.cost = Some(cost);
        }
        self.findings.extend(findings);
        crate::finding::sort(&mut self.findings);
    }

    /// The findings that stop the plan: while there is one, no script should be run.
    pub fn blockers(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Blocker)
    }

    /// Whether something stops the plan.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blockers().next().is_some()
    }

    /// The findings of a severity that nobody has accepted.
    pub fn open(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity == severity && finding.is_open())
    }

    /// The findings that the user has accepted, each with its reason.
    pub fn accepted(&self) -> impl Iterator<Item = (&Finding, &str)> {
        self.findings.iter().filter_map(|finding| Some((finding, finding.accepted.as_deref()?)))
    }

    /// The phase of that kind.
    ///
    /// # Panics
    /// The strategy has no such phase: see [`PhaseKind::of`].
    pub fn phase(&self, kind: PhaseKind) -> &Phase {
        self.phases.iter().find(|phase| phase.kind == kind).expect("a plan has every phase of its strategy")
    }
}

fn planned(classification: &Classification<'_>, classified: &crate::classify::Classified<'_>) -> PlannedTable {
    PlannedTable {
        name: classified.table.name.clone(),
        placement: classified.placement.clone(),
        reason: classified.reason.clone(),
        other_paths: classified.other_paths.clone(),
        rows: classification.expected_rows(&classified.table.name),
    }
}
