//! What the simulated cluster says of plans: of all fixtures, of real schemas (`SHARDPLAN_SCHEMAS`, a folder of
//! `<name>/schema.sql` with `facts.json`) and of random ones, with all ways of distributing; and that it refuses a plan of
//! which a step is taken out or moved.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shardplan::{
    Catalog, Cluster, DistributionKey, Gap, Name, Plan, Rules, SchemaGraph, Simulation, Strategy, TableName, Unenforced,
};

use crate::fixtures;
use crate::properties::config;
use crate::random::catalogs::{Sample, samples};
use crate::random::open::{open_plan, try_open_plan};
use crate::scenarios::{Call, SCENARIOS, Scenario};

/// What is wrong with a plan: nothing if it is blocked.
fn problems(plan: &Plan, catalog: &Catalog) -> Vec<String> {
    if plan.is_blocked() {
        return Vec::new();
    }
    let simulation = Simulation::new(plan, catalog.clone());
    let refused = simulation.refusal.iter().map(|(at, refusal)| format!("{at:?}: {refusal}"));
    let unkept = simulation.unkept.iter().map(|unkept| format!("{unkept:?}"));
    let untold = simulation.gaps.iter().filter(|gap| !is_told(plan, gap)).map(|gap| format!("not told: {gap:?}"));
    refused.chain(unkept).chain(untold).collect()
}

/// Whether a finding says that the foreign key is not enforced for a while.
fn is_told(plan: &Plan, gap: &Gap) -> bool {
    let by = match (gap.what, plan.strategy) {
        (Unenforced::Altogether, Strategy::Shadow) => &["local-to-reference"][..],
        (Unenforced::Altogether, _) => &["foreign-key-check", "foreign-key-suspended"],
        (Unenforced::OnReferencedSide, _) => {
            &["delete-unchecked", "foreign-key-check", "foreign-key-suspended", "local-to-reference"]
        }
    };
    plan.findings.iter().any(|finding| {
        by.contains(&&*finding.rule)
            && finding.table.as_ref() == Some(&gap.table)
            && finding.object.as_ref() == Some(&gap.foreign_key)
    })
}

/// With tables of unknown size, which are distributed while their writers go on, with small ones, and with each strategy.
fn all_ways(catalog: &Catalog, rules: &Rules) -> Vec<String> {
    let graph = SchemaGraph::new(catalog.clone()).expect("the schema holds together");
    let mut small = rules.clone();
    for table in &catalog.tables {
        small.tables.entry(table.name.clone()).or_default().rows.get_or_insert(1);
    }
    // Only one of the strategies lets a table have a method of its own.
    let mut free = rules.clone();
    free.tables.values_mut().for_each(|rule| rule.method = None);
    let others = [Strategy::Atomic, Strategy::Online, Strategy::Shadow]
        .map(|strategy| Rules { strategy: Some(strategy), ..free.clone() });
    let ways = [rules, &small].into_iter().chain(&others);
    ways.flat_map(|rules| problems(&fixtures::plan(&graph, rules), catalog)).collect()
}

/// By shadow tables, with what stands against them left where it is.
fn by_shadows(catalog: &Catalog, key: &DistributionKey) -> Vec<String> {
    let plan = try_open_plan(Strategy::Shadow, catalog, key).map(|(_, plan)| plan);
    plan.map(|plan| problems(&plan, catalog)).unwrap_or_default()
}

#[test]
fn no_plan_of_a_fixture_is_refused() {
    let mut found = Vec::new();
    for name in fixtures::NAMES {
        let catalog = fixtures::parsed(name).catalog;
        let rules = std::iter::once(fixtures::rules(name)).chain(fixtures::unblocking_rules(name));
        let problems = rules.flat_map(|rules| all_ways(&catalog, &rules));
        found.extend(problems.map(|problem| format!("{name}: {problem}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The keys that foreign keys of one column reference, the most referenced first.
fn keys_of(catalog: &Catalog) -> Vec<DistributionKey> {
    let mut counts: BTreeMap<(&TableName, &Name), usize> = BTreeMap::new();
    for key in catalog.foreign_keys.iter().filter(|key| key.columns.len() == 1) {
        *counts.entry((&key.to, &key.columns[0].to)).or_default() += 1;
    }
    let mut keys: Vec<_> = counts.into_iter().collect();
    keys.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    keys.into_iter()
        .map(|((table, column), _)| DistributionKey { table: table.clone(), column: column.clone() })
        .collect()
}

#[test]
fn no_plan_of_a_real_schema_is_refused() {
    let Some(folder) = std::env::var_os("SHARDPLAN_SCHEMAS") else { return };
    let mut found = Vec::new();
    let mut tried = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(folder.join("schema.sql")) else { continue };
        let catalog = Catalog::from_ddl(&text).catalog;
        let keys = keys_of(&catalog);
        let Some((rules, _)) = keys.iter().find_map(|key| try_open_plan(Strategy::Combined, &catalog, key)) else {
            continue;
        };
        let problems = all_ways(&catalog, &rules).into_iter().chain(by_shadows(&catalog, &rules.key));
        found.extend(problems.map(|problem| format!("{}: {problem}", folder.display())));
        tried += 1;
    }
    assert!(tried > 0, "no schema in the folder could be planned");
    println!("{tried} schemas tried");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Every call but the last is accepted; of the last the scenario says what is printed.
#[test]
fn each_refusal_is_foreseen() {
    let mut found = Vec::new();
    for Scenario { name, ddl, calls, refusal } in SCENARIOS {
        let mut cluster = Cluster::new(Catalog::from_ddl(ddl).catalog);
        let mut answer = Ok(());
        for (at, call) in calls.iter().enumerate() {
            assert!(answer.is_ok(), "{name}: call {at} comes after a refusal");
            match (call.change(ddl), call) {
                (Some(change), _) => answer = cluster.apply(&change, false).map(|_| ()),
                (None, Call::Converting(on)) => cluster.convert_local_tables(*on),
                (None, _) => unreachable!("only a setting is no change"),
            }
        }
        let answer = answer.err().map(|refusal| refusal.to_string());
        let as_foreseen = match (&answer, refusal) {
            (Some(answer), Some(refusal)) => answer == refusal,
            (None, None) => true,
            _ => false,
        };
        if !as_foreseen {
            found.push(format!("{name}: {answer:?}"));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases * 32, ..config() })]

    #[test]
    fn no_plan_of_a_random_schema_is_refused(Sample { catalog, key, .. } in samples()) {
        let (rules, _) = open_plan(&catalog, &key);
        prop_assert_eq!(all_ways(&catalog, &rules), Vec::<String>::new());
        prop_assert_eq!(by_shadows(&catalog, &key), Vec::<String>::new());
    }
}
