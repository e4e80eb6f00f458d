//! Plans of the fixtures come in; that the page, the picture and the text for Mermaid have all of each is asserted.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod browser;
mod large;
mod page;
mod picture;

use std::fs;
use std::path::{Path, PathBuf};

use shardplan::{Catalog, Comparison, Plan, Rules, SchemaGraph};

/// What a plan is shown as.
struct Shown {
    plan: Plan,
    html: String,
    svg: String,
    mmd: String,
}

impl Shown {
    fn new(plan: Plan) -> Self {
        let texts: Vec<String> = shardplan_report::render(&plan).into_iter().map(|file| file.text).collect();
        let [html, svg, mmd] = <[String; 3]>::try_from(texts).unwrap();
        Self { plan, html, svg, mmd }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The plan of a schema, if the key is one that it has.
fn plan(ddl: &str, key: &str, rules: Option<&str>) -> Option<Plan> {
    let graph = SchemaGraph::new(Catalog::from_ddl(ddl).catalog).ok()?;
    let mut parsed = Rules::new(key.parse().ok()?);
    if let Some(text) = rules {
        parsed = parsed.with_overrides(text).ok()?;
    }
    Some(Comparison::new(&graph, &parsed).ok()?.into_plan())
}

fn tailspin() -> Plan {
    let ddl = fs::read_to_string(root().join("fixtures/tailspin/schema.sql")).unwrap();
    plan(&ddl, "stores.store_id", None).unwrap()
}

/// The key that a fixture names in its head.
fn key(ddl: &str) -> &str {
    ddl.lines().find_map(|line| line.strip_prefix("-- Key: ")).unwrap()
}

/// The fixtures that can be planned by what stands in their folders.
fn fixtures() -> Vec<(String, Plan)> {
    let folders = fs::read_dir(root().join("fixtures")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.join("schema.sql").exists()).collect();
    folders.sort();
    let planned = folders.iter().filter_map(|folder| {
        let ddl = fs::read_to_string(folder.join("schema.sql")).unwrap();
        let rules = fs::read_to_string(folder.join("rules.toml")).ok();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        Some((name, plan(&ddl, key(&ddl), rules.as_deref())?))
    });
    let planned: Vec<(String, Plan)> = planned.collect();
    assert!(planned.len() > 40, "only {} fixtures could be planned", planned.len());
    planned
}
