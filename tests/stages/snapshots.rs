//! Five snapshots per fixture, one per stage, so that a difference tells which stage moved.

use std::borrow::Cow;
use std::collections::BTreeSet;

use insta::assert_snapshot;
use shardplan::{Classification, Plan, Rules, Strategy};

use crate::fixtures::{self, NAMES, for_each_fixture};
use crate::show;

const STAGES: [&str; 5] = ["skipped", "graph", "classification", "plan", "sql"];

/// What is snapshotted of a plan that rules unblock.
const UNBLOCKED_STAGES: [&str; 2] = ["plan", "sql"];

/// Fixtures whose blockers no rule lifts: the schema itself must change.
const BLOCKED_FOR_GOOD: &[&str] = &[
    "earlier_preparation",
    "foreign_tables",
    "generated_columns",
    "inheritance",
    "mixed_int_key_bound",
    "row_types",
    "shadow_refused",
    "sequences",
    "taken_names",
    "text_key_collation",
    "triggers",
    "types",
];

/// The fixture whose scripts are snapshotted to the last line.
const IN_FULL: &str = "tailspin";

/// Blocks of so many lines are shown wherever they stand.
const SHORT: usize = 5;

macro_rules! one_test_each {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                every_stage(stringify!($name));
            }
        )*
    };
}
for_each_fixture!(one_test_each);

fn every_stage(fixture: &str) {
    let parsed = fixtures::parsed(fixture);
    let (graph, rules) = (fixtures::graph(fixture), fixtures::rules(fixture));
    let classification = Classification::new(&graph, &rules).expect("the rules can be followed");
    let plan = Plan::new(&classification);
    let [skipped, connected, classified, planned, sql] = STAGES;
    check(fixture, skipped, &show::skipped(&parsed.skipped));
    check(fixture, connected, &show::graph(&graph));
    check(fixture, classified, &show::classification(&classification));
    check(fixture, planned, &show::plan(&plan));
    check(fixture, sql, &sql_of(fixture, &plan));

    let unblocking = fixtures::unblocking_rules(fixture);
    assert_eq!(
        plan.is_blocked(),
        unblocking.is_some() || BLOCKED_FOR_GOOD.contains(&fixture),
        "a blocked fixture has an unblock.toml or stands on the list of those that need another schema"
    );
    if let Some(rules) = unblocking {
        let plan = fixtures::plan(&graph, &rules);
        let left: Vec<_> = plan.blockers().map(|finding| &finding.message).collect();
        assert!(left.is_empty(), "unblock.toml leaves {left:?}");
        let [planned, sql] = UNBLOCKED_STAGES;
        let name = format!("{fixture}_unblocked");
        check(&name, planned, &show::plan(&plan));
        check(&name, sql, &sql_of(&name, &plan));
    }
}

/// The scripts; what every plan has is shown for one fixture only.
fn sql_of(fixture: &str, plan: &Plan) -> String {
    let text = show::scripts(plan);
    if fixture == IN_FULL {
        return text;
    }
    let full = show::scripts(&fixtures::plan(&fixtures::graph(IN_FULL), &fixtures::rules(IN_FULL)));
    let known: BTreeSet<&str> = full.split("\n\n").filter(|block| block.lines().count() > SHORT).collect();
    let shown = text.split("\n\n").map(|block| match block.lines().next() {
        Some(first) if known.contains(block) => Cow::Owned(format!("{first}\n[as for {IN_FULL}]")),
        _ => Cow::Borrowed(block),
    });
    shown.collect::<Vec<_>>().join("\n\n")
}

/// Fixtures whose distribution is shown for each strategy but the first, which every fixture has.
const BY_STRATEGY: [&str; 2] = ["tailspin", "wide_world_importers"];
const STRATEGIES: [Strategy; 2] = [Strategy::Atomic, Strategy::Online];

#[test]
fn each_strategy_distributes_in_its_way() {
    for fixture in BY_STRATEGY {
        for strategy in STRATEGIES {
            let rules = Rules { strategy: Some(strategy), ..fixtures::rules(fixture) };
            let plan = fixtures::plan(&fixtures::graph(fixture), &rules);
            let scripts = shardplan_sql::render(&plan);
            let shown = scripts.iter().filter(|script| script.path.ends_with("50_distribute.sql"));
            let text: String = shown.map(|script| format!("===== {} =====\n{}\n", script.path, script.text)).collect();
            check(fixture, &strategy.to_string(), &text);
        }
    }
}

fn check(fixture: &str, stage: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| assert_snapshot!(snapshot(fixture, stage), text));
}

fn snapshot(fixture: &str, stage: &str) -> String {
    format!("{fixture}__{stage}")
}

#[test]
fn every_snapshot_belongs_to_a_fixture() {
    let mut expected = BTreeSet::new();
    for name in NAMES {
        expected.extend(STAGES.map(|stage| format!("{}.snap", snapshot(name, stage))));
        if fixtures::unblocking_rules(name).is_some() {
            let name = format!("{name}_unblocked");
            expected.extend(UNBLOCKED_STAGES.map(|stage| format!("{}.snap", snapshot(&name, stage))));
        }
    }
    for name in BY_STRATEGY {
        expected.extend(STRATEGIES.map(|strategy| format!("{}.snap", snapshot(name, &strategy.to_string()))));
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stages/snapshots");
    let entries = std::fs::read_dir(folder).unwrap();
    let found: BTreeSet<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found.difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new(), "snapshots without a fixture");
    assert_eq!(expected.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "snapshots that are missing");
}
