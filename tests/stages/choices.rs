//! What findings say that the override file can decide: it is written down as they say it, and decides it.

use shardplan::{Classification, Finding, Plan, Severity};

use crate::fixtures::{NAMES, graph, plan, rules};

/// The lines of the override file, one text for each setting.
fn texts(finding: &Finding) -> Vec<String> {
    let choice = finding.choice.iter();
    let settings = choice.flat_map(|choice| choice.settings.iter().map(|setting| (&choice.under, setting)));
    settings.map(|(under, setting)| format!("{under}\n{setting}\nreason = \"somebody has decided it\"\n")).collect()
}

fn has(plan: &Plan, wanted: &Finding) -> bool {
    let key = |finding: &Finding| (finding.rule.clone(), finding.table.clone(), finding.object.clone());
    plan.findings.iter().any(|finding| key(finding) == key(wanted))
}

#[test]
fn every_choice_can_be_written_down_and_decides_what_blocks() {
    let mut tried = 0;
    for name in NAMES {
        let graph = graph(name);
        for finding in plan(&graph, &rules(name)).findings {
            for text in texts(&finding) {
                let rules = rules(name).with_overrides(&text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
                let classification =
                    Classification::new(&graph, &rules).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
                let decided = Plan::new(&classification);
                let is_blocker = finding.severity == Severity::Blocker;
                assert!(!(is_blocker && has(&decided, &finding)), "{name}: {finding:?} stays with\n{text}");
                tried += 1;
            }
        }
    }
    assert!(tried > 50, "only {tried} choices were tried");
}
