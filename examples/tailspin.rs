//! Tailspin Toys, keyed by store: a schema comes in, the SQL that moves it to a Citus cluster goes out.

mod support;

use shardplan::{Classification, Comparison, Cost, Plan, Rules, SchemaGraph, Strategy};
use support::{Failure, documented, strategies};

const SCHEMA: &str = include_str!("../fixtures/tailspin/schema.sql");
const RULES: &str = include_str!("../fixtures/tailspin/rules.toml");
const USAGE: &str = "\
usage: cargo run --example tailspin [-- OPTION…]

  --database-url URL        reads the schema from a live server
  --strategy documented     prints the way of the vendor's exercise, which the others are compared with
";
/// The way of the exercise, which is no strategy of the library.
const DOCUMENTED: &str = "documented";

fn main() -> std::process::ExitCode {
    let options = [&["--database-url"], &strategies::OPTIONS[..]].concat();
    support::main(&[USAGE, strategies::USAGE].concat(), &options, |mut arguments| {
        let catalog = match arguments.value("--database-url")? {
            Some(url) => support::read_database(&url)?,
            None => support::read_ddl(SCHEMA, |line| format!("schema.sql:{line}")),
        };
        let graph = SchemaGraph::new(catalog)?;
        let rules = Rules::new("stores.store_id".parse()?).with_overrides(RULES)?;
        let (mut rules, strategy) = strategies::told(rules, &mut arguments)?;
        match strategy.as_deref() {
            Some(DOCUMENTED) => print_documented(&graph, &rules),
            Some(named) => {
                rules.strategy = Some(named.parse()?);
                print(Comparison::new(&graph, &rules)?.into_plan(), "")
            }
            None => {
                let figures = Cost::new(&by_exercise(&graph, &rules)?, graph.catalog(), rules.copy_rate).figures;
                let plan = Comparison::new(&graph, &rules)?.into_plan();
                let table = strategies::table(&plan.candidates, &[(DOCUMENTED, figures)]);
                print(plan, &table)
            }
        }
    })
}

fn print(plan: Plan, before: &str) -> Result<Plan, Failure> {
    support::print(&(before.to_owned() + &support::stream(&shardplan_sql::render(&plan))))?;
    Ok(plan)
}

/// The plan of the exercise.
fn by_exercise(graph: &SchemaGraph, rules: &Rules) -> Result<Plan, Failure> {
    let rules = Rules { strategy: Some(Strategy::Combined), ..rules.clone() };
    Ok(documented::plan(Plan::new(&Classification::new(graph, &rules)?)))
}

/// Prints the scripts of the exercise, without a runbook: that would say what a strategy does.
fn print_documented(graph: &SchemaGraph, rules: &Rules) -> Result<Plan, Failure> {
    let plan = by_exercise(graph, rules)?;
    let figures = Cost::new(&plan, graph.catalog(), rules.copy_rate).figures;
    let mut scripts = shardplan_sql::render(&plan);
    scripts.retain(|script| script.path.ends_with(".sql"));
    support::print(&(strategies::table(&[], &[(DOCUMENTED, figures)]) + &support::stream(&scripts)))?;
    Ok(plan)
}
