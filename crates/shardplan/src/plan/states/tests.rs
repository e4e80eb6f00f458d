//! What fails is told for the states in which it does, and for as long as the cost of the plan says.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::{
    Catalog, Classification, Cluster, CopyRate, Estimate, Failing, Gap, Name, PhaseKind, Plan, Rules, SchemaGraph,
    Simulation, Standing, Statistics, Strategy, TableName, Unenforced,
};

const SHOP: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);
    CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
    CREATE TABLE line_items (line_item_id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);";

fn graph(rows: u64) -> SchemaGraph {
    let mut catalog = Catalog::from_ddl(SHOP).catalog;
    for table in &mut catalog.tables {
        table.statistics = Some(Statistics { rows: Some(rows), bytes: Some(rows * 100), ..Statistics::default() });
    }
    SchemaGraph::new(catalog).unwrap()
}

fn plan(graph: &SchemaGraph, strategy: Strategy) -> Plan {
    let rules = Rules { strategy: Some(strategy), ..Rules::new("stores.store_id".parse().unwrap()) };
    let plan = Plan::new(&Classification::new(graph, &rules).unwrap());
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    plan
}

fn failing<S: Ord + Clone>(strategy: Strategy, check: impl FnMut(&Cluster) -> BTreeSet<S>) -> Vec<Failing<S>> {
    let graph = graph(5_000_000);
    plan(&graph, strategy).failing(graph.catalog().clone(), CopyRate::default(), check)
}

/// Measured: "direct joins between distributed and local tables are not supported".
fn joins(cluster: &Cluster) -> BTreeSet<(TableName, TableName)> {
    let tables = ["stores", "orders", "line_items"].map(|table| table.parse::<TableName>().unwrap());
    let is_plain = |table: &TableName| *cluster.standing(table) == Standing::Plain;
    let plain = tables.iter().filter(|table| is_plain(table));
    plain
        .flat_map(|one| tables.iter().filter(|other| !is_plain(other)).map(|other| (one.clone(), other.clone())))
        .collect()
}

#[test]
fn joins_fail_while_only_some_tables_are_distributed() {
    for strategy in [Strategy::Atomic, Strategy::Shadow] {
        assert_eq!(failing(strategy, joins), Vec::new(), "{strategy:?}");
    }
    let failing = failing(Strategy::Online, joins);
    let pairs: Vec<String> = failing.iter().map(|one| format!("{}, {}", one.what.0, one.what.1)).collect();
    assert_eq!(pairs, ["line_items, orders", "line_items, stores", "orders, stores"]);
    for one in &failing {
        assert!(matches!(one.from, Some((PhaseKind::Distribute, _))) && one.from < one.until, "{one:?}");
        assert!(matches!(one.time, Estimate::About(time) if time > Duration::from_secs(1)), "{one:?}");
    }
    // Until the last table is distributed: the pair with the first one fails for longer.
    assert!(failing[1].time.known() > failing[0].time.known());
}

#[test]
fn what_no_step_ends_fails_for_good() {
    let without_key = |cluster: &Cluster| {
        let lines = cluster.tables().find(|table| table.name.name == *"line_items").unwrap();
        let is_demanded = lines.column(&"store_id".into()).is_some_and(|column| column.not_null);
        if is_demanded { BTreeSet::from(["INSERT INTO line_items without store_id"]) } else { BTreeSet::new() }
    };
    for strategy in [Strategy::Combined, Strategy::Atomic, Strategy::Shadow] {
        let failing = failing(strategy, without_key);
        assert_eq!(failing.len(), 1, "{strategy:?}: {failing:?}");
        assert!(failing[0].from.is_some() && failing[0].until.is_none(), "{failing:?}");
        assert!(matches!(failing[0].time, Estimate::AtLeast(_)), "{failing:?}");
    }
}

#[test]
fn what_fails_before_the_first_step_has_no_beginning() {
    let failing = failing(Strategy::Combined, |cluster| {
        let first = cluster.standing(&"stores".parse().unwrap()) == &Standing::Plain;
        if first { BTreeSet::from(["needs a cluster"]) } else { BTreeSet::new() }
    });
    assert_eq!((failing.len(), failing[0].from), (1, None));
    assert!(failing[0].until.is_some());
}

/// The same question in two ways: the gaps of the simulation with the times of the cost, and a check that looks for the keys.
#[test]
fn times_are_those_of_the_cost() {
    let graph = graph(5_000_000);
    for strategy in [Strategy::Combined, Strategy::Online] {
        let plan = plan(&graph, strategy);
        let promised: BTreeSet<(TableName, Name)> = plan
            .foreign_keys
            .iter()
            .filter_map(|one| one.after())
            .map(|key| (key.from.clone(), key.name.clone()))
            .collect();
        let away = |cluster: &Cluster| {
            let there: BTreeSet<(TableName, Name)> =
                cluster.foreign_keys().map(|key| (key.from.clone(), key.name.clone())).collect();
            promised.difference(&there).cloned().collect::<BTreeSet<_>>()
        };
        let failing = plan.failing(graph.catalog().clone(), CopyRate::default(), away);
        let gaps = Simulation::new(&plan, graph.catalog().clone()).gaps;
        let gaps: Vec<Gap> = gaps.into_iter().filter(|gap| gap.what == Unenforced::Altogether).collect();
        let told = failing.iter().filter(|one| one.from.is_some_and(|(kind, _)| !kind.is_preparation()));
        let told: Vec<_> = told.map(|one| (&one.what.0, &one.what.1, one.from, one.until)).collect();
        let expected: Vec<_> =
            gaps.iter().map(|gap| (&gap.table, &gap.foreign_key, Some(gap.from), gap.until)).collect();
        assert!(!expected.is_empty());
        assert_eq!(told, expected, "{strategy:?}");
        let cost = plan.cost.as_ref().unwrap();
        for one in failing.iter().filter(|one| one.from.is_some_and(|(kind, _)| !kind.is_preparation())) {
            let time =
                cost.unenforced.iter().find(|time| (&time.table, &time.foreign_key) == (&one.what.0, &one.what.1));
            assert_eq!(time.unwrap().time, one.time, "{strategy:?}");
        }
    }
}
