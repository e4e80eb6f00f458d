//! The two numbers of the ranking against real schemas (`SHARDPLAN_SCHEMAS`, as in `tests/keys`): how far they can be moved, and
//! what they would be without each schema.

use std::fs;
use std::path::Path;

use serde_json::Value;
use shardplan::{Catalog, SchemaGraph};

use crate::suggest::facts::Facts;
use crate::suggest::ranked;
use crate::suggest::reach::Discounts;

/// The authors' columns and table.
struct Theirs {
    columns: Vec<String>,
    table: String,
}

fn theirs(folder: &Path) -> Theirs {
    let facts: Value = serde_json::from_str(&fs::read_to_string(folder.join("facts.json")).unwrap()).unwrap();
    let columns = facts["tenant_key"].as_array().unwrap().iter();
    Theirs {
        columns: columns.map(|column| column.as_str().unwrap().to_owned()).collect(),
        table: facts["tenant_table"].as_str().unwrap().to_owned(),
    }
}

/// For each schema, whether each of the discounts puts the authors' key first or second.
fn outcomes(tried: &[Discounts]) -> Vec<Vec<bool>> {
    let Some(folder) = std::env::var_os("SHARDPLAN_SCHEMAS") else { return Vec::new() };
    let mut folders: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("facts.json").exists());
    folders.sort();
    folders
        .iter()
        .map(|folder| {
            let sql = fs::read_to_string(folder.join("schema.sql")).unwrap();
            let graph = SchemaGraph::new(Catalog::from_ddl(&sql).catalog).unwrap();
            let (facts, theirs) = (Facts::new(&graph), theirs(folder));
            tried
                .iter()
                .map(|discounts| {
                    ranked(&facts, *discounts).iter().take(2).any(|one| {
                        let table = one.key.table.to_string();
                        theirs.columns.iter().any(|column| one.column == column.as_str())
                            || table.trim_matches('"') == theirs.table
                    })
                })
                .collect()
        })
        .collect()
}

fn grid(hops: &[f64], nullables: &[f64]) -> Vec<Discounts> {
    hops.iter().flat_map(|hop| nullables.iter().map(|nullable| Discounts { hop: *hop, nullable: *nullable })).collect()
}

#[test]
fn the_numbers_can_be_moved() {
    let tried = grid(&[0.6, 0.65, 0.7, 0.75, 0.8], &[0.4, 0.5, 0.6, 0.75]);
    let outcomes = outcomes(&tried);
    for (at, discounts) in tried.iter().enumerate().filter(|_| !outcomes.is_empty()) {
        let hits = outcomes.iter().filter(|schema| schema[at]).count();
        assert!(hits >= 11, "{hits} with {discounts:?}");
    }
}

#[test]
fn no_schema_is_needed_to_find_the_numbers() {
    let tried = grid(&[0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], &[0.25, 0.4, 0.5, 0.6, 0.75, 1.0]);
    let outcomes = outcomes(&tried);
    let mut hits = 0;
    for (without, schema) in outcomes.iter().enumerate() {
        let others = || outcomes.iter().enumerate().filter(|(at, _)| *at != without);
        let score = |at: usize| others().filter(|(_, other)| other[at]).count();
        let best = (0..tried.len()).map(score).max().unwrap();
        let equal: Vec<usize> = (0..tried.len()).filter(|at| score(*at) == best).collect();
        hits += usize::from(schema[equal[equal.len() / 2]]);
    }
    assert!(outcomes.is_empty() || hits >= 11, "{hits}");
}
