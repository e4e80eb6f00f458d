//! Wide World Importers, keyed by device: a schema comes in, the SQL that moves it to a Citus cluster goes out.

mod support;

use shardplan::{Classification, Plan, Rules, SchemaGraph};

const SCHEMA: &str = include_str!("../fixtures/wide_world_importers/schema.sql");
const RULES: &str = include_str!("../fixtures/wide_world_importers/rules.toml");
const USAGE: &str = "\
usage: cargo run --example wide_world_importers [-- --database-url postgres://… --strategy combined|atomic|online]
";

fn main() -> std::process::ExitCode {
    support::main(USAGE, &["--database-url", "--strategy"], |mut arguments| {
        let catalog = match arguments.value("--database-url")? {
            Some(url) => support::read_database(&url)?,
            None => support::read_ddl(SCHEMA, |line| format!("schema.sql:{line}")),
        };
        let graph = SchemaGraph::new(catalog)?;
        let mut rules = Rules::new("devices.device_id".parse()?).with_overrides(RULES)?;
        if let Some(strategy) = arguments.value("--strategy")? {
            rules.strategy = strategy.parse()?;
        }
        let plan = Plan::new(&Classification::new(&graph, &rules)?);
        support::print(&support::stream(&shardplan_sql::render(&plan)))?;
        Ok(plan)
    })
}
