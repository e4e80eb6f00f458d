//! Wide World Importers, keyed by device: a schema comes in, the SQL that moves it to a Citus cluster goes out.

mod support;

use shardplan::{Comparison, Rules, SchemaGraph};
use support::strategies;

const SCHEMA: &str = include_str!("../fixtures/wide_world_importers/schema.sql");
const RULES: &str = include_str!("../fixtures/wide_world_importers/rules.toml");
const USAGE: &str = "\
usage: cargo run --example wide_world_importers [-- OPTION…]

  --database-url URL        reads the schema from a live server
";

fn main() -> std::process::ExitCode {
    let options = [&["--database-url"], &strategies::OPTIONS[..]].concat();
    support::main(&[USAGE, strategies::USAGE].concat(), &options, |mut arguments| {
        let catalog = match arguments.value("--database-url")? {
            Some(url) => support::read_database(&url)?,
            None => support::read_ddl(SCHEMA, |line| format!("schema.sql:{line}")),
        };
        let graph = SchemaGraph::new(catalog)?;
        let rules = Rules::new("devices.device_id".parse()?).with_overrides(RULES)?;
        let plan = Comparison::new(&graph, &strategies::rules(rules, &mut arguments)?)?.into_plan();
        support::print(&support::stream(&shardplan_sql::render(&plan)))?;
        Ok(plan)
    })
}
