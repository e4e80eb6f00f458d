//! `cases.sql`: each statement after the rule that it must meet.

use std::collections::{BTreeMap, BTreeSet};

use shardplan::{Catalog, IndexPart, Name, TableName, split_statements};
use shardplan_workload::{Names, Placements, Source, Spot, Statement, Target, Verdict, shapes, statement_rules};

pub(crate) const SCHEMA: &str = include_str!("schema.sql");
const CASES: &str = include_str!("cases.sql");

/// The rule and the text of each case.
pub(crate) fn cases() -> Vec<(&'static str, &'static str)> {
    let rules: Vec<(u64, &str)> = (1..)
        .zip(CASES.lines())
        .filter_map(|(line, text)| Some((line, text.strip_prefix("-- ")?)))
        .filter(|(_, text)| text.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    let rule_of = |line: u64| rules[rules.partition_point(|(at, _)| *at <= line) - 1].1;
    split_statements(CASES).map(|(line, text)| (rule_of(line), text)).collect()
}

pub(crate) fn target() -> Target {
    let name = |text: &str| text.parse::<TableName>().unwrap();
    let by = |column: &str| Spot::Distributed(Name::from(column));
    let mut placements: BTreeMap<TableName, Spot> =
        ["stores", "products", "orders", "line_items", "visits"].map(|table| (name(table), by("store_id"))).into();
    placements.insert(name("\"Order Notes\""), by("Store Id"));
    placements.insert(name("countries"), Spot::Reference);
    let keys = [("orders", "order_id"), ("line_items", "line_item_id"), ("products", "product_id")];
    let by_column = |column: &str| vec![IndexPart::Column(Name::from(column))];
    let mut widened: BTreeMap<TableName, Vec<Vec<IndexPart>>> =
        keys.map(|(table, column)| (name(table), vec![by_column(column)])).into();
    widened.entry(name("products")).or_default().push(vec![IndexPart::Expression("lower(name)".to_owned())]);
    Target { placements: Placements(placements), widened, ..Target::default() }
}

pub(crate) fn statement(text: &str) -> Statement {
    let source = Source::File { file: "cases.sql".into(), line: 1 };
    Statement { text: text.into(), calls: 1, time: std::time::Duration::ZERO, source }
}

#[test]
fn every_case_meets_its_rule() {
    let names = Names::new(&Catalog::from_ddl(SCHEMA).catalog);
    let cases = cases();
    let statements: Vec<Statement> = cases.iter().map(|(_, text)| statement(text)).collect();
    let mut wrong = Vec::new();
    for ((rule, text), shape) in cases.iter().zip(shapes(&names, &statements)) {
        let found = match &shape {
            Ok(shape) => shape.judge(&target()).reasons[0].rule.id.to_owned(),
            Err(why) => why.to_string(),
        };
        if found != *rule {
            wrong.push(format!("{rule} expected, {found} found: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= 150, "{}", cases.len());
}

#[test]
fn every_rule_has_a_case() {
    let tried: BTreeSet<&str> = cases().iter().map(|(rule, _)| *rule).collect();
    let all: BTreeSet<&str> = statement_rules().map(|rule| rule.id).collect();
    assert_eq!(tried, all);
    assert!(statement_rules().is_sorted_by(|one, other| one.id < other.id));
    let refusing = statement_rules().filter(|rule| rule.verdict == Verdict::Refused);
    assert!({ refusing }.all(|rule| rule.message.is_some() && !rule.advice.is_empty()));
}
