//! What depends on the version of the server that a catalog came from.

use shardplan::{Change, PhaseKind, Plan};

use crate::fixtures;

/// The plan of a fixture as if its catalog came from a server of this `server_version_num`.
fn plan_on(fixture: &str, version: &str) -> Plan {
    let mut catalog = fixtures::parsed(fixture).catalog;
    catalog.settings.insert("server_version_num".to_owned(), version.to_owned());
    let graph = shardplan::SchemaGraph::new(catalog).unwrap();
    fixtures::plan(&graph, &fixtures::unblocking_rules(fixture).unwrap_or_else(|| fixtures::rules(fixture)))
}

#[test]
fn on_11_a_scan_under_a_lock_is_said() {
    let is_said = |version| plan_on("tailspin", version).findings.iter().any(|finding| finding.rule == "not-null-scan");
    assert!(is_said("110022"));
    assert!(!is_said("120000"));
}

/// Before 13 a partitioned table takes no row trigger that comes before the statement.
#[test]
fn before_13_the_partitions_have_the_triggers() {
    let kept = |version| {
        let plan = plan_on("partitioned_keys", version);
        let steps = &plan.phase(PhaseKind::Triggers).steps;
        let changes = steps.iter().flat_map(|step| &step.changes);
        let tables = changes.filter_map(|change| match change {
            Change::CreateTrigger(trigger) => Some(trigger.on().name.to_string()),
            _ => None,
        });
        tables.collect::<Vec<_>>()
    };
    let (old, new) = (kept("120000"), kept("130000"));
    assert!(old.len() > new.len(), "{old:?} {new:?}");
}
