//! The plan's preparation: a database comes in, the scripts of its plan are run with psql in their order.

use shardplan::{Catalog, Classification, PhaseKind, Plan, Rules, SchemaGraph};
use shardplan_sql::Script;
use shardplan_testkit::Database;

use crate::Failure;
use crate::data::KEY;
use crate::statements::Version;
use crate::steps::Steps;

/// The last script asks whether a day went by without the old version of the application, which no benchmark waits for.
const NO_DAY_OF_REST: &str = "SET shardplan.quiet = '-2h';\n";

/// Runs the scripts before the distribution.
pub fn prepare(database: &Database<'_>, steps: &mut Steps<'_>) -> Result<(), Failure> {
    for (kind, script) in scripts(database)? {
        let run = || database.psql(&format!("{NO_DAY_OF_REST}{}", script.text)).map(|_| ()).map_err(Failure::from);
        if kind == PhaseKind::Backfill {
            steps.step_with_deployment(&script.path, Version::WritesKey, run)?;
            steps.deploy(Version::UsesKey);
        } else {
            steps.step(&script.path, run)?;
        }
    }
    Ok(())
}

/// The scripts of the preparation with their phases.
pub fn scripts(database: &Database<'_>) -> Result<Vec<(PhaseKind, Script)>, Failure> {
    let graph = SchemaGraph::new(Catalog::from_database(&mut shardplan::connect(&database.url())?)?)?;
    let plan = Plan::new(&Classification::new(&graph, &Rules::new(KEY.parse()?))?);
    if let Some(blocker) = plan.blockers().next() {
        return Err(format!("the plan is blocked: {}", blocker.message).into());
    }
    // The runbook comes first, then one script per phase.
    let scripts = plan.phases.iter().map(|phase| phase.kind).zip(shardplan_sql::render(&plan).into_iter().skip(1));
    Ok(scripts.filter(|(kind, _)| kind.is_preparation()).collect())
}
