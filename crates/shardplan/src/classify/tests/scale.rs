//! Large schemas: no deep stacks, no long waits.

use std::time::Instant;

use super::{Classification, class_counts, rules};
use crate::catalog::Catalog;
use crate::graph::SchemaGraph;
use crate::graph::sample::{Sample, catalog, table};

/// A schema as a large application has it: the root, a few shared lists, tables that hold the key, and tables two or three
/// foreign keys away from it; two foreign keys per table, of tables that came before.
fn application(tables: usize) -> Catalog {
    let mut samples: Vec<Sample> = vec![table("t0", &[("tenant_id", "bigint")]).pk(&["tenant_id"])];
    for at in 1..tables {
        let own =
            table(&format!("t{at}"), &[("id", "bigint"), ("tenant_id", "bigint!"), ("a", "bigint!"), ("b", "bigint")]);
        let before = |salt: usize| format!("t{}", 1 + (at * 7919 + salt) % (at - 1).max(1));
        let made = match (at, at % 3) {
            (1, _) | (_, 0) => own.with(|table| drop(table.columns.remove(1))).pk(&["id"]),
            _ => own.pk(&["id"]).fk("t0", &[("tenant_id", "tenant_id")]),
        };
        let made = if at > 1 { made.fk(&before(3), &[("a", "id")]) } else { made };
        samples.push(if at % 3 == 0 { made.fk(&before(11), &[("b", "id")]) } else { made });
    }
    catalog(samples)
}

#[test]
fn ten_thousand_tables_are_quick() {
    let catalog = application(10_000);
    let keys = catalog.foreign_keys.len();
    let rules = rules("t0.tenant_id");
    let start = Instant::now();
    let graph = SchemaGraph::new(catalog).unwrap();
    let made = start.elapsed();
    let classification = Classification::new(&graph, &rules).unwrap();
    let all = start.elapsed();
    let counts = class_counts(&classification);
    println!("10000 tables, {keys} foreign keys: graph {made:?}, with classification {all:?}, {counts:?}");
    println!("{} findings", classification.findings().len());
    assert_eq!(classification.tables().len(), 10_000);
    assert!(counts.1 > 3_000, "{counts:?}");
}

#[test]
fn a_chain_of_100_000_tables_does_not_overflow_a_small_stack() {
    let chain = || {
        let mut samples = vec![table("t000000", &[("root_id", "bigint")]).pk(&["root_id"])];
        samples.extend((1..100_000).map(|at: u32| {
            let to = if at == 1 { "root_id" } else { "id" };
            let own = table(&format!("t{at:06}"), &[("id", "bigint"), ("up", "bigint!")]).pk(&["id"]);
            own.fk(&format!("t{:06}", at - 1), &[("up", to)])
        }));
        let graph = SchemaGraph::new(catalog(samples)).unwrap();
        let rules = rules("t000000.root_id");
        let classification = Classification::new(&graph, &rules).unwrap();
        assert_eq!(class_counts(&classification), (2, 8, 0, 99_990));
        assert_eq!(classification.findings().len(), 99_990);
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(chain).expect("a thread");
    thread.join().expect("no overflow");
}
