//! What the report says beside the plan: a plan, the schema that it was made for and the application's statements come in, sections
//! go out.

use shardplan::{Classification, Plan, Rules, SchemaGraph};
use shardplan_report::Section;

use crate::failure::Failure;
use crate::statements::Workload;
use crate::{queries, skew};

/// What the application must change, and how even the shards will be; each only where something is known.
pub(crate) fn sections(
    plan: &Plan,
    graph: &SchemaGraph,
    rules: &Rules,
    workload: Workload,
) -> Result<Vec<Section>, Failure> {
    let classification = Classification::new(graph, rules)?;
    let application = queries::section(plan, graph, rules, workload);
    Ok(application.into_iter().chain(skew::section(&classification)).collect())
}
