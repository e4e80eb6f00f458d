//! Tests of the classification: examples by stage, then what holds for every schema.

mod holders;
mod overrides;
mod paths;
mod properties;
mod references;
mod roots;
mod scale;
mod unify;

use super::{Classification, Placement, Reason, Rules};
use crate::graph::SchemaGraph;
use crate::graph::sample::{self, Sample, name, table};

fn rules(key: &str) -> Rules {
    Rules::new(key.parse().expect("the tests write keys that can be read"))
}

/// One line per table: its placement in short.
fn placements(classification: &Classification<'_>) -> Vec<String> {
    let shown = classification.tables().iter().map(|one| format!("{}: {}", one.table.name, short(&one.placement)));
    shown.collect()
}

fn short(placement: &Placement) -> String {
    match placement {
        Placement::Distributed { column, backfill: None } => format!("by {column}"),
        Placement::Distributed { column, backfill: Some(path) } => {
            let keys: Vec<_> = path.hops.iter().map(|hop| hop.foreign_key.to_string()).collect();
            format!("adds {column} over {}", keys.join(" "))
        }
        Placement::Reference => "reference".into(),
        Placement::Local => "local".into(),
    }
}

/// One line per finding: rule, table and object.
fn found(classification: &Classification<'_>) -> Vec<String> {
    let shown = classification.findings().iter().map(|finding| {
        let table = finding.table.as_ref().expect("each finding of this stage is about a table");
        let object = finding.object.as_ref().map(|object| format!(".{object}")).unwrap_or_default();
        format!("{} {table}{object}", finding.rule)
    });
    shown.collect()
}

/// What a schema becomes: placements and findings.
fn outcome(samples: Vec<Sample>, rules: &Rules) -> (Vec<String>, Vec<String>) {
    let graph = sample::graph(samples);
    let classification = Classification::new(&graph, rules).expect("the sample can be classified");
    (placements(&classification), found(&classification))
}

fn refused(samples: Vec<Sample>, rules: &Rules) -> String {
    let graph = sample::graph(samples);
    Classification::new(&graph, rules).expect_err("the rules cannot be followed").to_string()
}

fn reason(graph: &SchemaGraph, rules: &Rules, table: &str) -> Reason {
    let classification = Classification::new(graph, rules).expect("the sample can be classified");
    classification.get(&name(table)).expect("the table exists").reason.clone()
}

/// `stores`, the root of most examples.
fn stores() -> Sample {
    table("stores", &[("store_id", "bigint")]).pk(&["store_id"])
}

/// A table with a key of its own, `id`, and these columns besides.
fn with_id(own: &str, columns: &[(&str, &str)]) -> Sample {
    table(own, &[&[("id", "bigint")], columns].concat()).pk(&["id"])
}

/// How many tables are ready, need a backfill, are reference and local tables.
fn class_counts(classification: &Classification<'_>) -> (usize, usize, usize, usize) {
    classification.tables().iter().fold((0, 0, 0, 0), |(ready, backfill, reference, local), one| match one.placement {
        Placement::Distributed { backfill: None, .. } => (ready + 1, backfill, reference, local),
        Placement::Distributed { backfill: Some(_), .. } => (ready, backfill + 1, reference, local),
        Placement::Reference => (ready, backfill, reference + 1, local),
        Placement::Local => (ready, backfill, reference, local + 1),
    })
}
