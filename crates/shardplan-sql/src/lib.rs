//! Renders a [`Plan`] as numbered SQL scripts for psql, with a runbook.
//!
//! ```
//! use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph};
//!
//! let parsed = Catalog::from_ddl(
//!     "CREATE TABLE stores (store_id bigint PRIMARY KEY);
//!      CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);",
//! );
//! let graph = SchemaGraph::new(parsed.catalog)?;
//! let rules = Rules::new("stores.store_id".parse()?);
//! let classification = Classification::new(&graph, &rules)?;
//! let scripts = shardplan_sql::render(&Plan::new(&classification));
//! assert_eq!(scripts[0].path, "README.md");
//! # Ok::<(), shardplan::Error>(())
//! ```

mod actions;
mod after;
mod backfill;
mod cluster;
mod costs;
mod done;
mod gate;
mod helpers;
mod markdown;
mod parallel;
mod parts;
mod path;
mod preflight;
mod prelude;
mod probe;
mod put;
mod quote;
mod rate;
mod runbook;
mod script;
mod shadow;
mod shortlist;
mod statement;
mod steps;
mod trigger;
mod undecided;
mod verdicts;
mod verify;

pub use after::isolate_tenant;
pub use parts::{Part, parts};
pub use probe::probe_query;
pub use script::{Script, path as script_path};
pub use steps::step_sql;

use shardplan::{Phase, PhaseKind, Plan};

/// The runbook (`README.md`) and the scripts, in the order in which a person runs them, then what watches and rebalances a
/// cluster and what an application may call instead of actions that foreign keys lose, then the scripts that take the phases back.
///
/// A plan with a blocker has only a runbook, which says what stands against it, and a preflight that stops with the same
/// words: no script that could be run by mistake. The same plan gives the same bytes, also where a large one is written by a thread
/// for each core.
#[must_use]
pub fn render(plan: &Plan) -> Vec<Script> {
    if plan.is_blocked() {
        return vec![runbook::script(plan), script::blocked(plan)];
    }
    let taken_back = plan.phases.iter().filter(|phase| phase.kind != PhaseKind::Preflight && !phase.steps.is_empty());
    let mut pieces = vec![Piece::Runbook];
    pieces.extend(plan.phases.iter().map(Piece::Forward));
    pieces.extend([Piece::Monitor, Piece::Rebalance]);
    pieces.extend(actions::has_lost(plan).then_some(Piece::Actions));
    pieces.extend(taken_back.rev().map(Piece::Undo));
    parallel::map(&pieces, |piece| piece.weight(plan), |piece| piece.render(plan))
}

/// A script, before it is written.
enum Piece<'p> {
    Runbook,
    Forward(&'p Phase),
    Undo(&'p Phase),
    Monitor,
    Rebalance,
    Actions,
}

impl Piece<'_> {
    /// How much there is to write, roughly: in steps.
    fn weight(&self, plan: &Plan) -> usize {
        match self {
            Self::Monitor | Self::Rebalance => 1,
            Self::Actions => plan.foreign_keys.len(),
            Self::Runbook => plan.findings.len() + plan.tables.len(),
            Self::Forward(phase) | Self::Undo(phase) => phase.steps.len() + phase.gates.len() / 4,
        }
    }

    fn render(&self, plan: &Plan) -> Script {
        match self {
            Self::Runbook => runbook::script(plan),
            Self::Forward(phase) => script::forward(plan, phase),
            Self::Monitor => after::monitor(),
            Self::Rebalance => after::rebalance(plan),
            Self::Actions => actions::script(plan),
            Self::Undo(phase) => script::undo(plan, phase),
        }
    }
}
