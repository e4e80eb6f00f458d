//! How the tables get onto the cluster: a database and a way come in, its scripts are run with psql in their order.

use std::fmt;

use shardplan::{Catalog, Classification, PhaseKind, Plan, Rules, SchemaGraph, Strategy};
use shardplan_testkit::psql;

use crate::Failure;
use crate::data::{KEY, Sizes};
use crate::documented;
use crate::statements::Version;
use crate::steps::Steps;

const SCHEMA: &str = include_str!("../../fixtures/tailspin/schema.sql");
const ROWS: &str = include_str!("../preparation/rows.sql");

/// What an earlier way has left.
const CLEAR: &str = "
SET client_min_messages = warning;
SET citus.multi_shard_modify_mode = 'sequential';
DROP TABLE IF EXISTS line_items, orders, products, stores CASCADE;
DROP SCHEMA IF EXISTS shardplan CASCADE;
DROP SCHEMA IF EXISTS shardplan_new_public CASCADE;
DROP SCHEMA IF EXISTS shardplan_old_public CASCADE;
";

/// No benchmark waits for a day without the old version of the application.
const NO_DAY_OF_REST: &str = "SET shardplan.quiet = '-2h';\n";

/// A way to distribute the tables.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    /// The documents' mix, after the plan's preparation.
    Documented,
    /// The plan of a strategy.
    By(Strategy),
}

impl Way {
    pub const ALL: [Self; 5] = [
        Self::Documented,
        Self::By(Strategy::Combined),
        Self::By(Strategy::Atomic),
        Self::By(Strategy::Online),
        Self::By(Strategy::Shadow),
    ];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Documented => f.write_str("documented"),
            Self::By(strategy) => strategy.fmt(f),
        }
    }
}

/// Tailspin with its rows, on the coordinator alone.
pub fn load(url: &str, sizes: Sizes) -> Result<(), Failure> {
    let Sizes { stores, products, orders, line_items } = sizes;
    psql(url, CLEAR)?;
    psql(url, SCHEMA)?;
    psql(
        url,
        &format!(
            "\\set stores {stores}\n\\set products {products}\n\\set orders {orders}\n\\set line_items {line_items}\n{ROWS}"
        ),
    )?;
    Ok(())
}

/// Runs all scripts; the application gets its next versions when the plan says that it may.
pub fn go(url: &str, way: Way, steps: &mut Steps<'_>) -> Result<(), Failure> {
    let plan = plan(url, way)?;
    // The runbook comes first, then one script per phase.
    let scripts = shardplan_sql::render(&plan);
    for (kind, script) in plan.phases.iter().map(|phase| phase.kind).zip(scripts.iter().skip(1)) {
        let run = || psql(url, &format!("{NO_DAY_OF_REST}{}", script.text)).map(|_| ()).map_err(Failure::from);
        steps.step(&script.path, run)?;
        match kind {
            PhaseKind::Triggers => steps.deploy(Version::WritesKey),
            // Until every row has its key, nothing can be looked up by it.
            PhaseKind::Backfill | PhaseKind::Exchange => steps.deploy(Version::UsesKey),
            _ => {}
        }
    }
    Ok(())
}

fn plan(url: &str, way: Way) -> Result<Plan, Failure> {
    let graph = SchemaGraph::new(Catalog::from_database(&mut shardplan::connect(url)?)?)?;
    let strategy = match way {
        Way::Documented => Strategy::Combined,
        Way::By(strategy) => strategy,
    };
    let mut rules = Rules { strategy: Some(strategy), ..Rules::new(KEY.parse()?) };
    // The documents' large tables are large at a tenth of their size, too.
    rules.concurrent_rows = 20_000;
    let plan = Plan::new(&Classification::new(&graph, &rules)?);
    if let Some(blocker) = plan.blockers().next() {
        return Err(format!("{way}: the plan is blocked: {}", blocker.message).into());
    }
    Ok(if way == Way::Documented { documented::plan(plan) } else { plan })
}
