//! The way of the vendor's exercise, step by step: a plan for Tailspin comes in, the same plan with that distribution goes out.
//!
//! Small tables by the blocking function, large ones by the concurrent one, parents first; the foreign keys of a large table are
//! dropped before it and come back, checked at once while writers wait, as soon as both tables are in their places. It is no
//! strategy of the library: its order and its mix are written down for these four tables. It is what the others are compared
//! with.

use std::borrow::Cow;

use shardplan::{
    Change, ForeignKey, ForeignKeyVerdict, Method, PhaseKind, Plan, Step, TableLock, TableName, Transaction, Undo,
};

/// The plan with the documented distribution; without findings, which are about the way that it leaves.
pub fn plan(mut plan: Plan) -> Plan {
    let steps = distribution(&plan);
    let stores = TableName::new("public", "stores");
    let clean_up = vec![
        step(&stores, "cascades to the other three", Change::TruncateLocalData { table: stores.clone() }),
        step(&stores, "nothing needs the backfill any more", Change::DropHelpers),
    ];
    for phase in &mut plan.phases {
        match phase.kind {
            PhaseKind::Distribute => phase.steps.clone_from(&steps),
            PhaseKind::ForeignKeys => phase.steps.clear(),
            PhaseKind::CleanUp => phase.steps.clone_from(&clean_up),
            _ => {}
        }
    }
    plan.findings.clear();
    plan.candidates.clear();
    plan
}

fn distribution(plan: &Plan) -> Vec<Step> {
    let mut steps = vec![
        distribute("stores", Method::Blocking, "small and seldom written: its writers wait"),
        distribute("products", Method::Blocking, "not large and seldom written: its writers wait"),
    ];
    for table in ["orders", "line_items"] {
        let away = |key: &&ForeignKey| [&key.from, &key.to].iter().any(|end| end.name == *table);
        let keys: Vec<&ForeignKey> =
            plan.foreign_keys.iter().filter_map(ForeignKeyVerdict::after).filter(away).collect();
        let is_there = |key: &&&ForeignKey| !(table == "line_items" && key.to.name == *"orders");
        steps.extend(keys.iter().filter(is_there).map(|key| drop(key)));
        steps.push(distribute(table, Method::Concurrent, "large and written all the time: its writers go on"));
        let is_back = |key: &&&ForeignKey| key.from.name == *table;
        steps.extend(keys.iter().filter(is_back).map(|key| add(key)));
    }
    steps
}

fn distribute(table: &str, method: Method, why: &'static str) -> Step {
    let table = TableName::new("public", table);
    let colocate_with = (table.name != *"stores").then(|| TableName::new("public", "stores"));
    let change = Change::Distribute { table: table.clone(), column: "store_id".into(), method, colocate_with };
    step(&table, why, change)
}

fn drop(key: &ForeignKey) -> Step {
    let change = Change::DropForeignKey { table: key.from.clone(), name: key.name.clone(), references: key.to.clone() };
    step(&key.from, "the concurrent function refuses it", change)
}

fn add(key: &ForeignKey) -> Step {
    let foreign_key = Box::new(ForeignKey { comment: None, ..key.clone() });
    step(&key.from, "both tables are in their places", Change::AddForeignKey { foreign_key })
}

fn step(table: &TableName, why: &'static str, change: Change) -> Step {
    let transaction = if change.runs_alone() { Transaction::Forbidden } else { Transaction::Allowed };
    let changes = vec![change];
    let locks = TableLock::of(&changes);
    Step { table: table.clone(), why: Cow::Borrowed(why), changes, locks, transaction, undo: Undo::Nothing }
}
