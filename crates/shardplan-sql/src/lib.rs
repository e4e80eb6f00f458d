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

mod backfill;
mod done;
mod gate;
mod helpers;
mod path;
mod prelude;
mod probe;
mod quote;
mod runbook;
mod script;
mod statement;
mod steps;
mod trigger;
mod undecided;

pub use probe::probe_query;
pub use script::Script;

use shardplan::{PhaseKind, Plan};

/// The runbook (`README.md`) and the scripts, in the order in which a person runs them, then the scripts that take the
/// phases back.
///
/// A plan with a blocker has only a runbook, which says what stands against it, and a preflight that stops with the same
/// words: no script that could be run by mistake. The same plan gives the same bytes.
#[must_use]
pub fn render(plan: &Plan) -> Vec<Script> {
    let mut scripts = vec![Script { path: "README.md".to_owned(), text: runbook::text(plan) }];
    if plan.is_blocked() {
        scripts.push(script::blocked(plan));
        return scripts;
    }
    scripts.extend(plan.phases.iter().map(|phase| script::forward(plan, phase)));
    let taken_back = plan.phases.iter().filter(|phase| phase.kind != PhaseKind::Preflight && !phase.steps.is_empty());
    scripts.extend(taken_back.rev().map(|phase| script::undo(plan, phase)));
    scripts
}
