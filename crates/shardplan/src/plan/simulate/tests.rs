//! Plans that somebody has changed: the simulated cluster refuses them, or says what they do not keep.

use super::{Refusal, Simulation, Unenforced, findings};
use crate::{Catalog, Change, Classification, Phase, PhaseKind, Plan, Rules, SchemaGraph, Step, TableName};

const SCHEMA: &str = "
    CREATE TABLE currencies (currency_id bigint PRIMARY KEY);
    CREATE TABLE stores (store_id bigint PRIMARY KEY, currency_id bigint REFERENCES currencies);
    CREATE TABLE orders (store_id bigint NOT NULL REFERENCES stores, order_id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (store_id, order_id));
    CREATE TABLE lines (store_id bigint NOT NULL, order_id bigint, line_id bigint, PRIMARY KEY (store_id, line_id),
        FOREIGN KEY (store_id, order_id) REFERENCES orders);
    CREATE TABLE prices (price_id bigint PRIMARY KEY, currency_id bigint REFERENCES currencies);
    COMMENT ON TABLE stores IS 'of toys';
    COMMENT ON TABLE orders IS 'of customers';
    COMMENT ON COLUMN lines.line_id IS 'counts from one';";

fn catalog() -> Catalog {
    Catalog::from_ddl(SCHEMA).catalog
}

/// A plan that lets the writers of all tables go on, or of none.
fn plan(online: bool) -> Plan {
    let graph = SchemaGraph::new(catalog()).expect("the schema holds together");
    let mut rules = Rules::new("stores.store_id".parse().expect("valid"));
    if !online {
        for table in &catalog().tables {
            rules.tables.entry(table.name.clone()).or_default().rows = Some(1);
        }
    }
    let plan = Plan::new(&Classification::new(&graph, &rules).expect("the rules can be followed"));
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    plan
}

fn phase(plan: &mut Plan, kind: PhaseKind) -> &mut Phase {
    plan.phases.iter_mut().find(|phase| phase.kind == kind).expect("a plan has every phase")
}

fn table(name: &str) -> TableName {
    TableName::new("public", name)
}

fn rules_of(plan: &Plan) -> Vec<String> {
    findings(plan, &Simulation::new(plan, catalog())).iter().map(|finding| finding.rule.to_string()).collect()
}

fn places(step: &Step, name: &str) -> bool {
    step.changes.iter().any(|change| matches!(change, Change::Distribute { table, .. } if table.name == name))
}

#[test]
fn a_plan_as_it_is_made_is_accepted() {
    for online in [true, false] {
        assert_eq!(rules_of(&plan(online)), Vec::<String>::new());
    }
}

#[test]
fn a_step_that_is_moved_is_refused() {
    let mut plan = plan(false);
    let steps = &mut phase(&mut plan, PhaseKind::Distribute).steps;
    let orders = steps.iter().position(|step| places(step, "orders")).expect("it is distributed");
    let stores = steps.iter().position(|step| places(step, "stores")).expect("it is distributed");
    steps.swap(orders, stores);
    assert_eq!(rules_of(&plan), ["refused-step"]);
    let simulation = Simulation::new(&plan, catalog());
    assert!(matches!(
        simulation.refusal,
        Some(((PhaseKind::Distribute, _), Refusal::NotDistributed(_) | Refusal::ReferencesPlain(_)))
    ));
}

/// Without one of the steps that take foreign keys out, the concurrent function refuses.
#[test]
fn each_suspension_is_needed() {
    let whole = plan(true);
    let steps = whole.phase(PhaseKind::Distribute).steps.len();
    let mut tried = 0;
    for at in 0..steps {
        let mut plan = whole.clone();
        let steps = &mut phase(&mut plan, PhaseKind::Distribute).steps;
        if matches!(steps[at].changes[..], [Change::DropForeignKey { .. }]) {
            steps.remove(at);
            assert_eq!(rules_of(&plan), ["refused-step"], "without step {at}");
            tried += 1;
        }
    }
    assert_eq!(tried, 3);
}

#[test]
fn a_step_that_is_left_out_is_missed() {
    let whole = plan(true);
    for kind in [PhaseKind::Distribute, PhaseKind::ForeignKeys, PhaseKind::CleanUp] {
        for at in 0..whole.phase(kind).steps.len() {
            let mut plan = whole.clone();
            let left_out = phase(&mut plan, kind).steps.remove(at);
            // The old rows go with those of a table that is truncated before; helpers are nobody's promise.
            if !matches!(left_out.changes[..], [Change::TruncateLocalData { .. } | Change::DropHelpers]) {
                assert_ne!(rules_of(&plan), Vec::<String>::new(), "without {left_out:?}");
            }
        }
    }
}

#[test]
fn what_is_not_enforced_is_seen() {
    let simulation = Simulation::new(&plan(false), catalog());
    let half: Vec<_> = simulation.gaps.iter().map(|gap| (gap.table.name.as_str(), gap.what)).collect();
    let blind = Unenforced::OnReferencedSide;
    // The last one is local, and Citus watches over it once its foreign key has been added again.
    assert_eq!(half, [("lines", blind), ("orders", blind), ("prices", blind), ("stores", blind)]);
    assert!(simulation.gaps.iter().all(|gap| gap.until.is_some()), "{:?}", simulation.gaps);
    let away = |gap: &&super::Gap| gap.what == Unenforced::Altogether && gap.table == table("lines");
    assert_eq!(Simulation::new(&plan(true), catalog()).gaps.iter().filter(away).count(), 1);
}
