//! Scripts of a plan are run, and after each step where the tables are and which foreign keys there are is compared with what the
//! simulator says of that step.

use std::collections::BTreeMap;

use serde_json::Value;
use shardplan::{Catalog, Cluster, Phase, PhaseKind, Plan, Standing, Step, TableName, Transaction};
use shardplan_sql::{Part, parts, script_path};
use shardplan_testkit::psql;

use crate::citus::{insist, is_disturbed_from_elsewhere};
use crate::run::script;

/// What is known of a cluster after a step, a line for each table and each foreign key.
type State = BTreeMap<String, String>;

/// Runs scripts of the plan that was made for this schema, one after the other; where they left another state than foreseen.
///
/// # Errors
/// What psql says if one fails.
pub(crate) fn watched(url: &str, plan: &Plan, original: Catalog, paths: &[&str]) -> Result<Vec<String>, String> {
    let mut cluster = Cluster::new(original);
    let mut problems = Vec::new();
    for phase in &plan.phases {
        cluster.convert_local_tables(phase.kind > PhaseKind::Distribute);
        if paths.contains(&script_path(phase.kind)) {
            problems.extend(run_phase(url, plan, phase, &mut cluster)?);
        } else {
            phase.steps.iter().for_each(|step| carry_out(&mut cluster, step));
        }
    }
    Ok(problems)
}

fn run_phase(url: &str, plan: &Plan, phase: &Phase, cluster: &mut Cluster) -> Result<Vec<String>, String> {
    let path = script_path(phase.kind);
    let text = script(plan, path);
    let parts = parts(phase, &text);
    let told: String = parts.iter().enumerate().map(|(at, part)| format!("{}\n{}", part.text, question(at))).collect();
    let answers = match psql(url, &told) {
        Ok(answers) => answers,
        // Run again, it is past the states that it was in.
        Err(failure) if is_disturbed_from_elsewhere(&failure.to_string()) => {
            insist(url, plan, path)?;
            phase.steps.iter().for_each(|step| carry_out(cluster, step));
            return Ok(Vec::new());
        }
        Err(failure) => return Err(format!("{path}: {failure}")),
    };
    let mut problems = Vec::new();
    let mut done = 0;
    for at in 0..parts.len() {
        let next = parts.get(at + 1).map_or(Some(phase.steps.len()), |part: &Part<'_>| part.step).unwrap_or(done);
        phase.steps[done..next].iter().for_each(|step| carry_out(cluster, step));
        done = next;
        let found = answer(&answers, at).ok_or_else(|| format!("{path}: no state after part {at}"))?;
        problems
            .extend(differences(&state(cluster), &found).map(|it| format!("{path}, before step {}: {it}", done + 1)));
    }
    Ok(problems)
}

/// A refusal is a finding of the planner, which blocks: nobody runs that plan.
fn carry_out(cluster: &mut Cluster, step: &Step) {
    let in_transaction = step.transaction == Transaction::Required;
    for change in &step.changes {
        cluster.apply(change, in_transaction).expect("a plan that is not blocked is not refused");
    }
}

fn state(cluster: &Cluster) -> State {
    let tables = cluster.tables().map(|table| {
        let standing = match cluster.standing(&table.name) {
            Standing::Plain => "plain".to_owned(),
            Standing::CitusLocal => "local".to_owned(),
            Standing::Reference => "reference".to_owned(),
            Standing::Distributed { column, .. } => format!("distributed by {}", column.as_str()),
        };
        (table_line(&table.name), standing)
    });
    let keys = cluster.foreign_keys().map(|key| {
        let validated = if key.validated { "valid" } else { "not valid" };
        (key_line(&key.from, key.name.as_str()), validated.to_owned())
    });
    tables.chain(keys).collect()
}

fn table_line(table: &TableName) -> String {
    format!("table {table}")
}

fn key_line(table: &TableName, name: &str) -> String {
    format!("foreign key {name} of {table}")
}

/// Asks the server for the same. Citus hides its shards from the session.
fn question(at: usize) -> String {
    format!(
        "SELECT '@@{at}@@' || jsonb_build_object(
    'tables', (SELECT jsonb_agg(jsonb_build_array(nspname, relname, CASE
            WHEN partmethod IS NULL THEN 'plain'
            WHEN partmethod = 'h' THEN 'distributed by ' || column_to_column_name(logicalrelid, partkey::text)
            WHEN repmodel = 't' THEN 'reference' ELSE 'local' END))
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
        LEFT JOIN pg_catalog.pg_dist_partition ON logicalrelid = c.oid
        WHERE relkind IN ('r', 'p', 'f') AND nspname !~ '^(pg_|information_schema$|shardplan$|citus|columnar)'),
    'keys', (SELECT jsonb_agg(jsonb_build_array(nspname, relname, conname, CASE WHEN convalidated THEN 'valid' ELSE 'not valid' END))
        FROM pg_catalog.pg_constraint AS k JOIN pg_catalog.pg_class AS c ON c.oid = conrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
        WHERE contype = 'f' AND conparentid = 0 AND nspname <> 'pg_catalog'))::text || '@@end';\n"
    )
}

fn answer(printed: &str, at: usize) -> Option<State> {
    let mark = format!("@@{at}@@");
    let rest = &printed[printed.find(&mark)? + mark.len()..];
    let value: Value = serde_json::from_str(&rest[..rest.find("@@end")?]).ok()?;
    let list = |of: &str| value[of].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let name = |line: &Value| Some(TableName::new(text(&line[0])?.as_str(), text(&line[1])?.as_str()));
    let tables = list("tables").into_iter().filter_map(|line| Some((table_line(&name(&line)?), text(&line[2])?)));
    let keys =
        list("keys").into_iter().filter_map(|line| Some((key_line(&name(&line)?, &text(&line[2])?), text(&line[3])?)));
    Some(tables.chain(keys).collect())
}

/// Tables that the plan does not know are its helpers.
fn differences<'s>(foreseen: &'s State, found: &'s State) -> impl Iterator<Item = String> + 's {
    let other = foreseen.iter().filter(|(what, how)| found.get(*what) != Some(how));
    let come = found.iter().filter(|(what, _)| what.starts_with("foreign key") && !foreseen.contains_key(*what));
    let other = other.map(|(what, how)| format!("{what} is {:?} and not {how}", found.get(what)));
    other.chain(come.map(|(what, how)| format!("{what} is there, {how}")))
}
