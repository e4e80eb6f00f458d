//! A deep schema comes in, its scripts go out, on a stack too small for anything that recurses over tables.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::thread;

use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph};

/// So many that a frame per table would not fit, and few enough for a build without optimization.
const TABLES: usize = 4_000;

/// Each table holds the key and references the one before it: every key is widened and every foreign key replaced.
fn chain() -> String {
    let mut sql = "CREATE TABLE t0 (id bigint PRIMARY KEY);
        CREATE TABLE t1 (id bigint PRIMARY KEY, root_id bigint NOT NULL REFERENCES t0);\n"
        .to_owned();
    for at in 2..TABLES {
        let before = at - 1;
        let _ = writeln!(
            sql,
            "CREATE TABLE t{at} (id bigint PRIMARY KEY, root_id bigint NOT NULL REFERENCES t0, up bigint REFERENCES t{before});"
        );
    }
    sql
}

#[test]
fn a_long_chain_is_planned_and_rendered_on_a_small_stack() {
    let catalog = Catalog::from_ddl(&chain()).catalog;
    let work = || {
        let graph = SchemaGraph::new(catalog).unwrap();
        let rules = Rules::new("t0.id".parse().unwrap());
        let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
        assert!(!plan.is_blocked());
        assert_eq!(plan.order.len(), TABLES);
        let placed: BTreeSet<_> = plan.order.iter().map(|placing| &placing.table).collect();
        assert_eq!(placed.len(), TABLES, "each table is placed once");
        let scripts = shardplan_sql::render(&plan);
        let keys = scripts.iter().find(|script| script.path == "40_keys.sql").unwrap();
        assert!(keys.text.contains(&format!("ALTER TABLE public.t{} DROP CONSTRAINT IF EXISTS", TABLES - 1)));
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
    };
    thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().expect("no overflow");
}
