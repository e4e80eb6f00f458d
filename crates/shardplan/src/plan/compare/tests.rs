//! Which strategy is chosen, and what is said where none is within the limits.

use std::time::Duration;

use crate::{Candidate, Comparison, Error, Estimate, Outlook, Plan, Rules, SchemaGraph, Severity, Strategy};
use crate::{Catalog, CopyRate};

const SCHEMA: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);
    CREATE TABLE orders (store_id bigint NOT NULL REFERENCES stores, order_id bigint, PRIMARY KEY (store_id, order_id));
    CREATE TABLE line_items (store_id bigint NOT NULL REFERENCES stores, line_item_id bigint, order_id bigint,
        PRIMARY KEY (store_id, line_item_id), FOREIGN KEY (store_id, order_id) REFERENCES orders);";

const ROWS: &str = "[tables]\nstores.rows = 400\norders.rows = 2_000_000\nline_items.rows = 4_000_000\n";

fn compared(sql: &str, toml: &str) -> Result<Comparison, Error> {
    let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).unwrap();
    Comparison::new(&graph, &Rules::new("stores.store_id".parse().unwrap()).with_overrides(toml).unwrap())
}

fn compare(toml: &str) -> Comparison {
    compared(SCHEMA, &format!("{toml}\n{ROWS}")).unwrap()
}

fn outlook(comparison: &Comparison, strategy: Strategy) -> Outlook {
    comparison.candidates().iter().find(|one| one.strategy == strategy).unwrap().outlook
}

fn rules(plan: &Plan) -> Vec<&str> {
    let about = ["limit-unknown", "no-strategy-fits", "unenforced-limit", "write-block-limit"];
    plan.findings.iter().map(|finding| &*finding.rule).filter(|rule| about.contains(rule)).collect()
}

#[test]
fn every_strategy_is_compared() {
    let comparison = compare("");
    let strategies: Vec<Strategy> = comparison.candidates().iter().map(|one| one.strategy).collect();
    assert_eq!(strategies, Strategy::ALL);
    assert_eq!(comparison.plan().candidates, comparison.candidates());
    for Candidate { figures, .. } in comparison.candidates() {
        assert!(figures.unwrap().total.is_known());
    }
}

#[test]
fn within_the_limits_the_fewest_seconds_without_enforcement_win() {
    for toml in ["", "max_write_block = 3600", "max_unenforced = 0"] {
        let comparison = compare(toml);
        let figures = comparison.plan().cost.as_ref().unwrap().figures;
        assert_eq!(figures.unenforced, Estimate::About(Duration::ZERO), "{toml}");
        assert_eq!(rules(comparison.plan()), [""; 0], "{toml}");
    }
}

#[test]
fn a_short_write_block_leaves_those_that_let_writers_on() {
    let comparison = compare("max_write_block = 1");
    assert!(matches!(outlook(&comparison, Strategy::Atomic), Outlook::Beyond { unenforced: Duration::ZERO, .. }));
    let chosen = comparison.plan().strategy;
    assert!(chosen != Strategy::Atomic && outlook(&comparison, chosen) == Outlook::Within);
    let figures =
        |strategy| comparison.candidates().iter().find(|one| one.strategy == strategy).unwrap().figures.unwrap();
    for strategy in Strategy::ALL.into_iter().filter(|one| outlook(&comparison, *one) == Outlook::Within) {
        assert!(figures(chosen).unenforced <= figures(strategy).unenforced, "{strategy}");
    }
}

#[test]
fn none_fits_and_the_blocker_says_by_how_much() {
    let comparison = compare("max_write_block = 0.001\nmax_unenforced = 0.001");
    let plan = comparison.plan();
    assert!(plan.is_blocked());
    let blocker = plan.blockers().next().unwrap();
    assert_eq!((&*blocker.rule, blocker.severity), ("no-strategy-fits", Severity::Blocker));
    for strategy in Strategy::ALL {
        assert!(blocker.message.contains(&format!("with `{strategy}` a write may wait ")), "{}", blocker.message);
    }
    assert!(rules(plan).contains(&"write-block-limit"), "the numbers of the closest one are there too");
}

#[test]
fn a_strategy_that_is_named_wins_and_what_it_breaks_is_found() {
    let comparison = compare("strategy = \"online\"\nmax_write_block = 0.5\nmax_unenforced = 10");
    let plan = comparison.plan();
    assert_eq!((plan.strategy, plan.is_blocked()), (Strategy::Online, false));
    assert_eq!(rules(plan), ["unenforced-limit", "write-block-limit"]);
    let message = |rule: &str| &plan.findings.iter().find(|finding| finding.rule == rule).unwrap().message;
    assert!(message("write-block-limit").ends_with(": 210 ms more than the limit of 0.5 s"), "{plan:?}");
    assert_eq!(comparison.candidates().len(), Strategy::ALL.len(), "the others stand beside it");
}

#[test]
fn what_nobody_knows_is_taken_only_if_nothing_is_known_to_fit() {
    let unknown = |toml: &str| compared(SCHEMA, toml).unwrap();
    let comparison = unknown("max_write_block = 2");
    assert_eq!(outlook(&comparison, Strategy::Atomic), Outlook::Unknown);
    assert_eq!(outlook(&comparison, comparison.plan().strategy), Outlook::Within);
    let comparison = unknown("strategy = \"atomic\"\nmax_write_block = 10");
    assert_eq!(rules(comparison.plan()), ["limit-unknown"]);
}

#[test]
fn a_method_for_one_table_leaves_only_the_strategy_that_follows_it() {
    let comparison = compared(SCHEMA, &format!("{ROWS}orders.method = \"blocking\"")).unwrap().into_plan();
    assert_eq!(comparison.strategy, Strategy::Combined);
    let others = comparison.candidates.iter().filter(|one| one.strategy != Strategy::Combined);
    assert!(others.clone().count() > 0 && others.clone().all(|one| one.outlook == Outlook::Contradicted));
    let named = compared(SCHEMA, "strategy = \"atomic\"\ntables.orders.method = \"blocking\"");
    assert!(matches!(named, Err(Error::Override { .. })));
}

#[test]
fn a_schema_that_is_blocked_is_so_by_all() {
    let sql = format!("{SCHEMA} CREATE TRIGGER t AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();");
    let comparison = compared(&sql, "max_write_block = 1").unwrap();
    assert!(comparison.plan().is_blocked());
    assert!(comparison.candidates().iter().all(|one| matches!(one.outlook, Outlook::Blocked(1))));
    assert_eq!(rules(comparison.plan()), [""; 0]);
}

#[test]
fn the_copy_rate_decides_with() {
    let slow: CopyRate = "1000".parse().unwrap();
    assert!(slow < CopyRate::default());
    let chosen = |rate: &str| compare(&format!("copy_rate = {rate}\nmax_write_block = 60")).into_plan().strategy;
    let with_a_lock = [chosen("1000"), chosen("100_000_000_000")].map(|strategy| strategy == Strategy::Atomic);
    assert!(!with_a_lock[0]);
}
