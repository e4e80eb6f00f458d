//! One example per thing that the graph promises.

use super::super::sample::{Sample, catalog, graph, key, name, table, tailspin};
use super::super::{Cycle, Order, SchemaGraph};
use crate::catalog::{Catalog, Check, ForeignKey, Table};
use crate::error::Error;

fn refused(samples: Vec<Sample>) -> String {
    SchemaGraph::new(catalog(samples)).expect_err("the catalog contradicts itself").to_string()
}

fn two() -> Vec<Sample> {
    vec![table("a", &[("id", "bigint"), ("b_id", "bigint")]), table("b", &[("id", "bigint")])]
}

fn names(tables: &[&Table]) -> Vec<String> {
    tables.iter().map(|table| table.name.to_string()).collect()
}

fn key_names(keys: &[&ForeignKey]) -> Vec<String> {
    keys.iter().map(|key| key.name.to_string()).collect()
}

/// A table `id, next_id` that references each of `to`.
fn linked(own: &str, to: &[&str]) -> Sample {
    to.iter().fold(table(own, &[("id", "bigint"), ("next_id", "bigint")]), |sample, next| {
        sample.fk_named(&format!("{own}_{next}"), next, &[("next_id", "id")])
    })
}

#[test]
fn an_empty_catalog_is_refused() {
    assert!(matches!(SchemaGraph::new(Catalog::default()), Err(Error::EmptyCatalog)));
}

#[test]
fn a_foreign_key_must_name_tables_and_columns_that_exist() {
    let change = |to: &str, from_column: &str, to_column: &str| {
        let mut samples = two();
        let first = samples.remove(0).fk(to, &[(from_column, to_column)]);
        refused([vec![first], samples].concat())
    };
    let start = |column: &str| format!("foreign key `a_{column}_fkey` of table `a` refers to");
    assert!(change("c", "b_id", "id").starts_with(&format!("{} table `c`", start("b_id"))));
    assert!(change("b", "b_id", "no").starts_with(&format!("{} column `no` of table `b`", start("b_id"))));
    assert!(change("b", "no", "id").starts_with(&format!("{} column `no` of table `a`", start("no"))));
}

#[test]
fn a_foreign_key_from_a_missing_table_is_refused() {
    let mut broken = catalog(tailspin());
    broken.tables.retain(|table| table.name.name != "line_items");
    let error = SchemaGraph::new(broken).expect_err("line_items is missing").to_string();
    assert!(error.contains("refers to table `line_items`"), "{error}");
}

#[test]
fn keys_and_indexes_must_name_columns_that_exist() {
    let error = refused(vec![table("a", &[("id", "bigint")]).pk(&["no"])]);
    assert!(error.starts_with("constraint `a_pkey` of table `a` refers to column `no` of table `a`"), "{error}");
    let unique = table("a", &[("id", "bigint")]).with(|table| table.unique.push(key("a_no_key", &["id", "no"])));
    assert!(refused(vec![unique]).starts_with("constraint `a_no_key` of table `a` refers to column `no`"));
}

#[test]
fn partitions_and_inheriting_tables_must_name_tables_that_exist() {
    let part = table("a_1", &[]).partition_of("a");
    assert!(refused(vec![part]).starts_with("partition `a_1` refers to table `a`"));
    let child = table("c", &[]).with(|table| table.inherits.push(name("p")));
    assert!(refused(vec![child]).starts_with("inheriting table `c` refers to table `p`"));
}

#[test]
fn partitions_in_a_circle_are_refused() {
    let circle = vec![table("a", &[]).partition_of("b"), table("b", &[]).partition_of("a")];
    assert!(refused(circle).starts_with("partition `a` refers to a partitioned table that is not below itself"));
}

#[test]
fn what_stands_twice_is_refused_by_name() {
    assert!(refused([two(), two()].concat()).starts_with("table `a` stands twice"));
    let column = table("a", &[("id", "bigint"), ("id", "text")]);
    assert!(refused(vec![column]).starts_with("column `id` of table `a` stands twice"));
    let keys = table("a", &[("id", "bigint")]).fk("a", &[("id", "id")]).fk("a", &[("id", "id")]);
    assert!(refused(vec![keys]).starts_with("constraint `a_id_fkey` of table `a` stands twice"));
    let check = Check {
        name: "a_pkey".into(),
        expression: "(id > 0)".into(),
        no_inherit: false,
        validated: true,
        comment: None,
    };
    let mixed = table("a", &[("id", "bigint")]).pk(&["id"]).with(|table| table.checks.push(check));
    assert!(refused(vec![mixed]).starts_with("constraint `a_pkey` of table `a` stands twice"));
}

#[test]
fn the_same_constraint_name_on_two_tables_is_fine() {
    let one = |own: &str| linked(own, &[]).fk_named("same", "a", &[("next_id", "id")]);
    assert_eq!(graph([one("a"), one("b")]).foreign_keys().len(), 2);
}

#[test]
fn references_are_found_by_name_in_both_directions() {
    let graph = graph(tailspin());
    let to: Vec<_> = graph.references(&name("line_items")).map(|key| key.to.to_string()).collect();
    assert_eq!(to, ["orders", "products"]);
    let from: Vec<_> = graph.referenced_by(&name("stores")).map(|key| key.from.to_string()).collect();
    assert_eq!(from, ["orders", "products"]);
    assert_eq!(graph.references(&name("nowhere")).count(), 0);
    assert!(graph.table(&name("nowhere")).is_none());
}

#[test]
fn parallel_foreign_keys_are_kept() {
    let graph = graph([linked("a", &[]), linked("b", &["a"]).fk_named("b_again", "a", &[("next_id", "id")])]);
    assert_eq!(graph.referenced_by(&name("a")).count(), 2);
}

#[test]
fn components_are_ordered_by_their_first_names() {
    let graph = graph([linked("d", &["b"]), linked("b", &[]), linked("c", &["a"]), linked("a", &[]), linked("e", &[])]);
    let components: Vec<_> = graph.components().iter().map(|component| names(component)).collect();
    assert_eq!(components, [vec!["a", "c"], vec!["b", "d"], vec!["e"]]);
}

#[test]
fn partitions_belong_to_the_component_of_their_table() {
    let graph = graph([
        table("events", &[]).partitioned(),
        table("events_1", &[]).partition_of("events").partitioned(),
        table("events_1_1", &[]).partition_of("events_1"),
        table("other", &[]),
    ]);
    assert_eq!(graph.components().len(), 2);
    let top = |text: &str| graph.find(&name(text)).map(|ix| graph.table_at(graph.topmost(ix)).name.to_string());
    assert_eq!(top("events_1_1").as_deref(), Some("events"));
    assert_eq!(top("other").as_deref(), Some("other"));
}

#[test]
fn cycles_name_their_tables_and_foreign_keys() {
    let graph = graph([
        linked("a", &["b"]),
        linked("b", &["c"]),
        linked("c", &["a", "z"]),
        linked("t", &["t"]),
        linked("y", &["z"]),
        linked("z", &[]),
    ]);
    let cycles = graph.cycles();
    let shown = |cycle: &Cycle<'_>| (names(&cycle.tables).join(" "), key_names(&cycle.foreign_keys).join(" "));
    let shown: Vec<_> = cycles.iter().map(shown).collect();
    assert_eq!(shown, [("a b c".into(), "a_b b_c c_a".into()), ("t".into(), "t_t".into())]);
}

#[test]
fn the_order_puts_referenced_tables_first_and_ties_by_name() {
    let graph = graph([tailspin(), vec![linked("aaa", &[])]].concat());
    let Order { tables, broken } = graph.order();
    assert_eq!(names(&tables), ["aaa", "stores", "orders", "products", "line_items"]);
    assert!(broken.is_empty());
}

#[test]
fn a_cycle_is_one_block_and_breaks_at_the_key_that_leads_back() {
    let graph = graph([
        linked("a", &["c"]),
        linked("b", &[]),
        linked("c", &["d"]),
        linked("d", &["a", "d"]),
        linked("e", &["a"]),
        linked("bb", &["e"]),
    ]);
    let Order { tables, broken } = graph.order();
    assert_eq!(names(&tables), ["d", "c", "a", "b", "e", "bb"]);
    assert_eq!(key_names(&broken), ["d_a"]);
}

#[test]
fn both_of_two_parallel_keys_of_a_cycle_are_broken() {
    let graph = graph([linked("a", &["b"]), linked("b", &["a"]).fk_named("b_a2", "a", &[("next_id", "id")])]);
    assert_eq!(key_names(&graph.order().broken), ["b_a", "b_a2"]);
}

#[test]
fn a_chain_of_100_000_tables_does_not_overflow_a_small_stack() {
    let chain = || {
        let tables = (0..100_000).map(|at: u32| {
            let next = format!("t{:06}", at + 1);
            if at < 99_999 {
                linked(&format!("t{at:06}"), &[&next])
            } else {
                linked(&format!("t{at:06}"), &["t000000"])
            }
        });
        let graph = graph(tables);
        let (order, cycles) = (graph.order(), graph.cycles());
        assert_eq!((order.tables.len(), order.broken.len(), cycles.len()), (100_000, 1, 1));
        assert_eq!(graph.components().len(), 1);
    };
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(chain).expect("a thread");
    thread.join().expect("no overflow");
}
