//! shardplan in ten lines. The README shows this file; a test compares the two.

use shardplan::{Catalog, Classification, Error, Plan, Rules, SchemaGraph};

fn main() -> Result<(), Error> {
    let parsed = Catalog::from_ddl(include_str!("../fixtures/tailspin/schema.sql"));
    let graph = SchemaGraph::new(parsed.catalog)?;
    let rules = Rules::new("stores.store_id".parse()?);
    let plan = Plan::new(&Classification::new(&graph, &rules)?);
    for script in shardplan_sql::render(&plan) {
        println!("{}: {} lines", script.path, script.text.lines().count());
    }
    Ok(())
}
