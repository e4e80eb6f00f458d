//! A plan comes in, the same by table goes out: keys, foreign keys, steps, locks, findings, waits.

use std::collections::HashMap;

use shardplan::{
    Estimate, Finding, ForeignKeyVerdict, KeyVerdict, LockMode, Name, PhaseKind, Plan, Step, TableName, WriteWait,
};

/// All that a plan says of one table.
#[derive(Debug, Default)]
pub(super) struct Facts<'p> {
    pub(super) keys: Vec<&'p KeyVerdict>,
    pub(super) foreign_keys: Vec<&'p ForeignKeyVerdict>,
    pub(super) referenced_by: Vec<&'p ForeignKeyVerdict>,
    pub(super) findings: Vec<&'p Finding>,
    pub(super) steps: Vec<(PhaseKind, &'p Step)>,
    /// What the steps of other tables lock of it, where writers wait.
    pub(super) locked: Vec<(PhaseKind, &'p TableName, LockMode)>,
    pub(super) wait: Option<&'p WriteWait>,
}

/// The facts of every table that the plan names anywhere.
pub(super) fn by_table(plan: &Plan) -> HashMap<&TableName, Facts<'_>> {
    let mut facts: HashMap<&TableName, Facts<'_>> = HashMap::with_capacity(plan.tables.len());
    plan.keys.iter().for_each(|key| facts.entry(&key.table).or_default().keys.push(key));
    for verdict in &plan.foreign_keys {
        facts.entry(&verdict.foreign_key.from).or_default().foreign_keys.push(verdict);
        facts.entry(&verdict.foreign_key.to).or_default().referenced_by.push(verdict);
    }
    for finding in &plan.findings {
        if let Some(table) = &finding.table {
            facts.entry(table).or_default().findings.push(finding);
        }
    }
    for (kind, step) in plan.phases.iter().flat_map(|phase| phase.steps.iter().map(|step| (phase.kind, step))) {
        facts.entry(&step.table).or_default().steps.push((kind, step));
        for lock in step.locks.iter().filter(|lock| lock.mode.blocks_writers() && lock.table != step.table) {
            facts.entry(&lock.table).or_default().locked.push((kind, &step.table, lock.mode));
        }
    }
    for wait in plan.cost.iter().flat_map(|cost| &cost.write_waits) {
        facts.entry(&wait.table).or_default().wait = Some(wait);
    }
    facts
}

/// For how long each foreign key is unenforced.
pub(super) type Unenforced<'p> = HashMap<(&'p TableName, &'p Name), Estimate<std::time::Duration>>;

pub(super) fn unenforced(plan: &Plan) -> Unenforced<'_> {
    let times = plan.cost.iter().flat_map(|cost| &cost.unenforced);
    times.map(|one| ((&one.table, &one.foreign_key), one.time)).collect()
}
