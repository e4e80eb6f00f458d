//! `shardplan plan`: a schema and rules come in; a folder of scripts or a summary, and how grave the findings are, go out.

use std::fs;
use std::path::Path;

use shardplan::{Acceptance, Catalog, Comparison, Plan, Rules, SchemaGraph, Severity};
use shardplan_report::Section;
use shardplan_sql::Script;

use crate::arguments::PlanArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::{evidence, explain, rules, snapshot, source, statements, summary};

/// Plans, and answers with the exit code.
pub(crate) fn run(arguments: &PlanArguments, output: Output) -> Result<u8, Failure> {
    let rules = all_rules(arguments)?;
    let graph = SchemaGraph::new(source::catalog(&arguments.source, output)?)?;
    let comparison = Comparison::new(&graph, &rules);
    let plan = comparison.map_err(|error| rules::refused(error, arguments.rules.as_deref()))?.into_plan();
    match &arguments.output {
        Some(folder) => {
            let workload = statements::read(&arguments.statements, &arguments.log, None, output)?;
            let sections = evidence::sections(&plan, &graph, &rules, workload)?;
            write_folder(folder, &plan, graph.catalog(), &sections)?;
            output.detail(format_args!("wrote `{}`", folder.display()));
            output.note(format_args!("{}", shardplan_report::in_short(&plan)));
        }
        None => Output::product(&summary::of(&plan, arguments.format.unwrap_or_default()))?,
    }
    Ok(exit_code(&plan))
}

fn exit_code(plan: &Plan) -> u8 {
    match plan.findings.iter().filter(|finding| finding.is_open()).map(|finding| finding.severity).min() {
        Some(Severity::Blocker) => 2,
        Some(Severity::Warning) => 1,
        Some(Severity::Notice) | None => 0,
    }
}

/// What is common to all commands, what is accepted and the limits.
fn all_rules(arguments: &PlanArguments) -> Result<Rules, Failure> {
    let mut rules = rules::rules(&arguments.key, arguments.rules.as_deref(), arguments.strategy.as_deref())?;
    rules.accepted.extend(accepted(&arguments.accept, &arguments.reason)?);
    if let Some(limit) = &arguments.max_write_block {
        rules.max_write_block = Some(limit.parse()?);
    }
    if let Some(limit) = &arguments.max_unenforced {
        rules.max_unenforced = Some(limit.parse()?);
    }
    if let Some(rate) = &arguments.copy_rate {
        rules.copy_rate = rate.parse()?;
    }
    Ok(rules)
}

/// What `--accept` says, each with its own reason, or all with the only one.
fn accepted(accept: &[String], reasons: &[String]) -> Result<Vec<Acceptance>, Failure> {
    let reasons = match reasons {
        [one] => vec![one; accept.len()],
        all if all.len() == accept.len() => all.iter().collect(),
        _ => {
            return Err(Failure::wrong("say one `--reason` for all of `--accept`, or one for each, in the same order"));
        }
    };
    let accepted = accept.iter().zip(reasons).map(|(what, reason)| {
        let (rule, table) = what.split_once(':').map_or((what.as_str(), None), |(rule, table)| (rule, Some(table)));
        let rule = explain::known(rule)?.id.to_owned();
        let table = table.map(str::parse).transpose()?;
        Ok(Acceptance { rule, table, reason: reason.clone() })
    });
    accepted.collect()
}

/// Writes the plan to a folder that is new or empty: a script of another plan beside these could be run by mistake.
fn write_folder(folder: &Path, plan: &Plan, catalog: &Catalog, sections: &[Section]) -> Result<(), Failure> {
    let cannot_write = |path: &Path, error| Failure::unreadable(&format!("cannot write `{}`", path.display()), &error);
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    if fs::read_dir(folder).map_err(|error| cannot_write(folder, error))?.next().is_some() {
        return Err(Failure::wrong(format!("`{}` is not empty; name a new folder, or empty it", folder.display())));
    }
    let mut files = shardplan_sql::render(plan);
    files.extend(shardplan_report::render_with(plan, sections));
    files.push(Script { path: "plan.json".to_owned(), text: plan.to_json() });
    // The folder goes round: as in a snapshot, no value of a user is in it unasked.
    let mut catalog = catalog.clone();
    snapshot::forget_common_values(&mut catalog);
    files.push(Script { path: "catalog.json".to_owned(), text: catalog.to_json() });
    for Script { path, text } in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).and_then(|()| fs::write(&path, text)).map_err(|error| cannot_write(&path, error))?;
    }
    Ok(())
}
