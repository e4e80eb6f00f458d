//! The order of whole plans, against the usual one.

use super::{Draft, Sequence, jobs};
use crate::{Catalog, Classification, Method, PlacedAs, Plan, Rules, SchemaGraph, Strategy};

fn plan(sql: &str, toml: &str) -> Plan {
    let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).unwrap();
    let rules = Rules { strategy: Some(Strategy::Online), ..Rules::new("stores.store_id".parse().unwrap()) };
    let plan = Plan::new(&Classification::new(&graph, &rules.with_overrides(toml).unwrap()).unwrap());
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    plan
}

fn order(plan: &Plan) -> Vec<&str> {
    plan.order.iter().map(|placing| placing.table.name.as_str()).collect()
}

const SHOP: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY);
    CREATE TABLE orders (store_id bigint NOT NULL REFERENCES stores, order_id bigint, PRIMARY KEY (store_id, order_id));
    CREATE TABLE lines (store_id bigint NOT NULL REFERENCES stores, line_id bigint, order_id bigint,
        PRIMARY KEY (store_id, line_id), FOREIGN KEY (store_id, order_id) REFERENCES orders);
    CREATE TABLE notes (store_id bigint NOT NULL REFERENCES stores, note_id bigint, PRIMARY KEY (store_id, note_id));";

const ROWS: &str =
    "[tables]\nstores.rows = 400\norders.rows = 2_000_000\nlines.rows = 4_000_000\nnotes.rows = 9_000_000\n";

#[test]
fn a_large_table_with_one_tie_comes_at_an_end_and_the_hub_in_the_middle() {
    let plan = plan(SHOP, ROWS);
    let order = order(&plan);
    assert!(["notes"] == order[..1] || ["notes"] == order[3..], "{order:?}");
    assert!(order[1] == "stores" || order[2] == "stores", "{order:?}");
}

#[test]
fn what_is_minimised_is_what_the_plan_costs() {
    let reference =
        "CREATE TABLE kinds (kind text PRIMARY KEY); ALTER TABLE notes ADD COLUMN kind text REFERENCES kinds;";
    let with_reference = format!("{SHOP}{reference}");
    for (strategy, sql, kinds) in
        [(Strategy::Online, SHOP, ""), (Strategy::Combined, &with_reference, "kinds.rows = 10")]
    {
        let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).unwrap();
        let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
        let rules = rules.with_overrides(&format!("{ROWS}{kinds}")).unwrap();
        let classification = Classification::new(&graph, &rules).unwrap();
        let plan = Plan::new(&classification);
        let distributed: Vec<_> =
            plan.order.iter().filter(|placing| placing.as_what != PlacedAs::Reference).cloned().collect();
        let jobs = jobs(&Draft::new(&classification), &plan.foreign_keys, &distributed);
        let order: Vec<u32> = (0..u32::try_from(distributed.len()).unwrap()).collect();
        let open = Sequence::new(&jobs).open(&order);
        let unenforced = plan.cost.unwrap().figures.unenforced;
        let millis = unenforced.known().as_millis();
        assert!(unenforced.is_known() && open.abs_diff(millis) < open / 50, "{strategy}: {open} and {millis}");
    }
}

#[test]
fn tables_whose_writers_wait_keep_their_order_before_those_that_go_online() {
    let graph = SchemaGraph::new(Catalog::from_ddl(SHOP).catalog).unwrap();
    let rules = Rules::new("stores.store_id".parse().unwrap()).with_overrides(ROWS).unwrap();
    let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
    let blocking = |as_what: &PlacedAs| matches!(as_what, PlacedAs::Distributed { method: Method::Blocking, .. });
    let methods: Vec<bool> = plan.order.iter().map(|placing| blocking(&placing.as_what)).collect();
    assert_eq!((order(&plan)[0], methods), ("stores", vec![true, false, false, false]));
}

#[test]
fn a_table_that_holds_rows_of_another_comes_after_it_all_the_same() {
    let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
        CREATE TABLE b (store_id bigint NOT NULL REFERENCES stores, id bigint, PRIMARY KEY (store_id, id));
        CREATE TABLE a (store_id bigint NOT NULL REFERENCES stores, id bigint, was b, PRIMARY KEY (store_id, id));";
    let plan = plan(sql, "[tables]\nstores.rows = 1\na.rows = 100\nb.rows = 100_000_000");
    let place = |table: &str| order(&plan).iter().position(|one| *one == table).unwrap();
    assert!(place("b") < place("a"));
}

#[test]
fn the_plan_says_what_it_does_not_know_of_its_order() {
    let mut sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY);".to_owned();
    for at in 0..14 {
        let also =
            if at % 2 == 1 { format!(", FOREIGN KEY (store_id, up) REFERENCES t{}", at - 1) } else { String::new() };
        sql += &format!(
            "CREATE TABLE t{at} (store_id bigint NOT NULL REFERENCES stores, id bigint, up bigint, PRIMARY KEY (store_id, id){also});"
        );
    }
    let told = |plan: &Plan| plan.findings.iter().filter(|finding| finding.rule == "order-searched").count();
    let searched = plan(&sql, "");
    assert_eq!((told(&searched), searched.order.len()), (1, 15));
    assert_eq!(told(&plan(SHOP, ROWS)), 0);
}
