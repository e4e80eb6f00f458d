fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let sql = std::fs::read_to_string(&args[1])?;
    let parsed = shardplan::Catalog::from_ddl(&sql);
    for s in &parsed.skipped {
        eprintln!("{s:?}");
    }
    let graph = shardplan::SchemaGraph::new(parsed.catalog)?;
    let mut rules = shardplan::Rules::new(args[2].parse()?);
    if let Ok(text) = std::fs::read_to_string(&args[3]) {
        rules = rules.with_overrides(&text)?;
    }
    let c = shardplan::Classification::new(&graph, &rules)?;
    let plan = shardplan::Plan::new(&c);
    let d = std::path::Path::new(&args[4]);
    for s in shardplan_sql::render(&plan) {
        let p = d.join(&s.path);
        std::fs::create_dir_all(p.parent().unwrap())?;
        std::fs::write(p, &s.text)?;
    }
    for b in plan.blockers() {
        println!("BLOCKER {} {}", b.rule, b.message);
    }
    Ok(())
}
