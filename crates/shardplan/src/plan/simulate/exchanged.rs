//! What is promised of a table whose place another one takes: the plan and both tables come in, whether all of it is kept goes
//! out. It goes by the verdicts, not by the steps.

use std::collections::BTreeMap;

use super::proof::Prepared;
use crate::catalog::{ForeignKey, ReplicaIdentity, Table};
use crate::classify::{Placement, Strategy};
use crate::name::Name;
use crate::plan::Plan;
use crate::plan::verdict::{ForeignKeyVerdict, KeyFate, KeyVerdict};

/// The foreign keys that must be there in the end: where the preparation makes them, as it left them.
pub(super) fn foreign_keys<'p>(plan: &'p Plan, prepared: &'p Prepared) -> Vec<&'p ForeignKey> {
    if plan.strategy == Strategy::Shadow {
        return plan.foreign_keys.iter().filter_map(ForeignKeyVerdict::after).collect();
    }
    prepared.foreign_keys.iter().map(|tie| &tie.key).collect()
}

/// Whether the new table has what the old one had, and each key as its verdict says.
pub(super) fn is_promised(plan: &Plan, before: &Table, after: &Table) -> bool {
    if plan.strategy != Strategy::Shadow {
        return false;
    }
    let planned = plan.tables.binary_search_by(|planned| planned.name.cmp(&before.name)).ok();
    let column = planned.map(|at| &plan.tables[at]).and_then(|planned| match &planned.placement {
        Placement::Distributed { column, .. } => Some(column),
        Placement::Reference | Placement::Local => None,
    });
    // Those that a partition has from its partitioned table are named anew.
    let indexes = before.indexes.iter().filter(|index| !index.unique && index.attached_to.is_none());
    let keys = plan.keys.iter().filter(|verdict| verdict.table == before.name);
    bare(before, column) == bare(after, column)
        && indexes.into_iter().all(|index| after.indexes.contains(index))
        && before.checks.iter().all(|check| after.checks.contains(check))
        && keys.into_iter().all(|verdict| has_key(after, verdict))
}

/// What of a table is the same before and after: not its keys, nor what went with the old one.
fn bare(table: &Table, column: Option<&Name>) -> Table {
    let mut bare = Table {
        primary_key: None,
        unique: Vec::new(),
        indexes: Vec::new(),
        exclusions: Vec::new(),
        checks: Vec::new(),
        triggers: Vec::new(),
        replica_identity: ReplicaIdentity::Default,
        clustered_on: None,
        statistics: None,
        ..table.clone()
    };
    for part in &mut bare.columns {
        if part.identity.is_some() {
            part.sequence = None;
        }
        part.statistics = None;
        part.not_null |= Some(&part.name) == column;
    }
    bare
}

/// By its name, with what it is on.
fn has_key(table: &Table, verdict: &KeyVerdict) -> bool {
    let positions = match &verdict.fate {
        KeyFate::Kept => verdict.before.len(),
        KeyFate::Widened { after, .. } => after.len(),
        KeyFate::Impossible | KeyFate::GivenUp => return true,
    };
    let keys = table.keys().map(|key| (&key.name, key.columns.len()));
    let indexes = table.indexes.iter().map(|index| (&index.name, index.elements.len()));
    let exclusions = table.exclusions.iter().map(|exclusion| (&exclusion.name, exclusion.elements.len()));
    let found: BTreeMap<&Name, usize> = keys.chain(indexes).chain(exclusions).collect();
    found.get(&verdict.name) == Some(&positions)
}
