//! `shardplan queries`: a schema, a key and the application's statements come in; what becomes of them, and how grave that is, go out.

mod markdown;
mod report;
mod said;
mod text;

use serde::Serialize;
use shardplan::{Catalog, Comparison, Plan, Rules, SchemaGraph};
use shardplan_report::Section;
use shardplan_workload::{Audit, ByStrategy, Meanwhile, Statement, Verdict, read_catalog, refused_by_strategy};

use crate::arguments::{Format, QueriesArguments};
use crate::failure::Failure;
use crate::output::Output;
use crate::rules::{refused, rules};
use crate::statements::Workload;
use crate::{source, statements};

/// All that is found about the statements.
#[derive(Serialize)]
struct Found {
    key: String,
    strategy: String,
    /// Whether something blocks the plan: what is refused while it runs is not known then.
    blocked: bool,
    audit: Audit,
    /// What is refused while the plan runs; `statement` is its place in `workload`.
    meanwhile: Vec<Meanwhile>,
    /// The same for each strategy that the plan could have.
    by_strategy: Vec<ByStrategy>,
    /// The calls of all statements.
    #[serde(skip)]
    calls: u64,
    /// The texts of the application's statements, as they were read.
    #[serde(skip)]
    workload: Vec<Statement>,
    /// How many lines of the files could not be read, and are not judged.
    left_out: usize,
}

/// Judges the statements, and answers with the exit code.
pub(crate) fn run(arguments: &QueriesArguments, output: Output) -> Result<u8, Failure> {
    let rules = rules(&arguments.key, arguments.rules.as_deref(), arguments.strategy.as_deref())?;
    let catalog = source::catalog(&arguments.source, output)?;
    let url = arguments.source.url.as_deref();
    let workload = statements::read(&arguments.statements, &arguments.log, url, output)?;
    let bodies = read_catalog(&catalog);
    let graph = SchemaGraph::new(catalog)?;
    let comparison = Comparison::new(&graph, &rules).map_err(|error| refused(error, arguments.rules.as_deref()))?;
    let found = find(comparison.plan(), comparison.plans(), graph.catalog(), &rules, workload, &bodies);
    Output::product(&match arguments.format {
        Format::Text => text::of(&found),
        Format::Markdown => markdown::of(&found),
        Format::Json => json(&found)?,
    })?;
    Ok(exit_code(&found))
}

/// What the report says of them; nothing where there is nothing to say.
pub(crate) fn section(plan: &Plan, graph: &SchemaGraph, rules: &Rules, workload: Workload) -> Option<Section> {
    let catalog = graph.catalog();
    let found = find(plan, std::slice::from_ref(plan), catalog, rules, workload, &read_catalog(catalog));
    (!found.audit.statements.is_empty() || found.left_out > 0).then(|| report::of(&found))
}

/// Judges statements by a plan, and by others only what is refused while they run.
fn find(
    plan: &Plan,
    plans: &[Plan],
    catalog: &Catalog,
    rules: &Rules,
    workload: Workload,
    bodies: &shardplan_workload::Bodies,
) -> Found {
    let Workload { statements, left_out } = workload;
    let audit = Audit::new(plan, catalog, &statements, bodies);
    let by_strategy = refused_by_strategy(plans, catalog, rules.copy_rate, &statements);
    let chosen = by_strategy.iter().find(|one| one.strategy == plan.strategy);
    let meanwhile = chosen.and_then(|one| one.refused.clone()).unwrap_or_default();
    Found {
        key: plan.key.to_string(),
        strategy: plan.strategy.to_string(),
        blocked: plan.is_blocked(),
        calls: said::calls(&audit),
        audit,
        meanwhile,
        by_strategy,
        workload: statements,
        left_out,
    }
}

fn exit_code(found: &Found) -> u8 {
    match found.audit.worst() {
        Verdict::Refused => 2,
        Verdict::Changes | Verdict::Unknown => 1,
        _ => u8::from(!found.meanwhile.is_empty() || found.left_out > 0),
    }
}

fn json(found: &Found) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(found).map_err(|error| Failure::unreadable("cannot write JSON", &error))?;
    Ok(text + "\n")
}
