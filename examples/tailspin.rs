fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let sql = std::fs::read_to_string(&args[1])?;
    let parsed = shardplan::Catalog::from_ddl(&sql);
    for s in &parsed.skipped {
        eprintln!("{s:?}");
    }
    let graph = shardplan::SchemaGraph::new(parsed.catalog)?;
    let mut rules = shardplan::Rules::new(args[2].parse()?);
    if let Some(f) = args.get(3) {
        rules = rules.with_overrides(&std::fs::read_to_string(f)?)?;
    }
    let c = shardplan::Classification::new(&graph, &rules)?;
    for s in shardplan_sql::render(&shardplan::Plan::new(&c)) {
        println!("==== {}\n{}", s.path, s.text);
    }
    Ok(())
}
