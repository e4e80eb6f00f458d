//! The rules about what a statement writes: distribution columns that are set or left out, conflict targets, calls, MERGE.

use super::scene::Scene;
use super::single::is_single;
use super::{Reason, Target};
use crate::shape::{Assigned, Called, Clause, Fact, Given, Inserted, Merged, UseId, Value, Write, WriteKind};

/// Notes what stands against a statement that writes.
pub(super) fn check(scene: &Scene<'_>, into: &mut Vec<Reason>) {
    for write in &scene.shape.writes {
        let of = write.table;
        match &write.kind {
            WriteKind::Insert(inserted) if scene.key(of).is_some() => insert(scene, of, inserted, into),
            WriteKind::Update(set) if !keeps_key(scene, of, set) => sets(scene, of, set, "update-key", into),
            WriteKind::Merge(merged) => merge(scene, write, merged, into),
            _ => {}
        }
        if scene.is_reference(of) && !matches!(write.kind, WriteKind::Insert(_) | WriteKind::Merge(_)) {
            reference(scene, write, into);
        }
    }
    calls(scene, into);
    for fact in &scene.shape.facts {
        if let Fact::ByCursor(block) = fact
            && let Some(of) = scene.uses_within(*block).find(|of| scene.key(*of).is_some())
        {
            into.push(scene.reason("by-cursor", Some(of)));
        }
    }
}

/// Citus runs a subquery over several shards first; one that a single shard answers, and a join, it does not.
fn reference(scene: &Scene<'_>, write: &Write, into: &mut Vec<Reason>) {
    let Some(read) = scene.restricted().next() else { return };
    if scene.restricted().any(|of| scene.shape.uses[of].block == write.block) {
        into.push(scene.reason("reference-joined", Some(read)));
    } else if is_single(scene) {
        into.push(scene.reason("reference-by-distributed", Some(read)));
    }
}

fn sets(scene: &Scene<'_>, of: UseId, set: &[Assigned], rule: &'static str, into: &mut Vec<Reason>) {
    if scene.key(of).is_some_and(|key| set.iter().any(|one| one.column == *key)) {
        into.push(scene.reason(rule, Some(of)));
    }
}

/// Whether the distribution column gets nothing but what it is: the value that stands in the condition too, or a column that equals
/// it. Of two parameters, and of one that is given twice, Citus does not know that.
fn keeps_key(scene: &Scene<'_>, of: UseId, set: &[Assigned]) -> bool {
    let is_kept = |one: &Assigned| match (&one.value, one.from) {
        (Some(value @ Value::Literal(_)), _) => scene.bound(of) == Some(value),
        (None, Some(from)) => scene.class(of) == Some(scene.shape.reach.class[from]),
        _ => false,
    };
    set.iter().filter(|one| scene.key(of) == Some(&one.column)).all(is_kept)
}

fn insert(scene: &Scene<'_>, of: UseId, inserted: &Inserted, into: &mut Vec<Reason>) {
    if inserted.rows.iter().flatten().any(|given| *given == Given::Query) {
        into.push(scene.reason("query-in-values", Some(of)));
    }
    if let Some(conflict) = &inserted.conflict {
        sets(scene, of, &conflict.sets, "update-key", into);
    }
}

/// What an INSERT relies on that has changed: it gives no value for the distribution column, or a conflict shows by a key that has
/// one column more now.
pub(super) fn check_rows(scene: &Scene<'_>, target: &Target, into: &mut Vec<Reason>) {
    for write in &scene.shape.writes {
        let (WriteKind::Insert(inserted), Some(key)) = (&write.kind, scene.key(write.table)) else { continue };
        let at = inserted.columns.iter().position(|column| column == key);
        let has_default = target.defaulted.contains(&scene.shape.uses[write.table].table);
        let empty = |row: &Vec<Given>| match at.and_then(|at| row.get(at)) {
            Some(Given::Null) => true,
            Some(Given::Default) | None => !has_default,
            Some(_) => false,
        };
        if at.is_none() && !has_default || inserted.rows.iter().any(empty) {
            into.push(scene.reason("insert-without-key", Some(write.table)));
        }
        if let Some(conflict) = &inserted.conflict
            && !conflict.columns.is_empty()
            && !conflict.columns.contains(key)
        {
            into.push(scene.reason("conflict-target", Some(write.table)));
        }
    }
}

fn merge(scene: &Scene<'_>, write: &Write, merged: &Merged, into: &mut Vec<Reason>) {
    let of = write.table;
    let from_shards = merged.sources.iter().any(|source| scene.key(*source).is_some());
    if scene.is_reference(of) {
        return into.push(scene.reason("merge-into-reference", None));
    }
    let Some(key) = scene.key(of) else {
        if from_shards {
            into.push(scene.reason("merge-into-local", None));
        }
        return;
    };
    sets(scene, of, &merged.sets, "merge-key", into);
    if merged.sources.iter().all(|source| scene.is_local(*source)) {
        return into.push(scene.reason(if merged.reads { "merge-from-local" } else { "merge-from-values" }, Some(of)));
    }
    let met = |source: &UseId| scene.class(of).is_some() && scene.class(*source) == scene.class(of);
    let joined = scene
        .key_node(of)
        .is_some_and(|node| scene.shape.ties.iter().any(|(one, other)| *one == node || *other == node));
    if !joined && !merged.sources.iter().any(met) {
        into.push(scene.reason("merge-without-key", Some(of)));
    }
    if merged.inserts.as_ref().is_some_and(|columns| !columns.is_empty() && !columns.contains(key)) {
        into.push(scene.reason("merge-insert-without-key", Some(of)));
    }
}

/// Functions that are not the same on every node.
fn calls(scene: &Scene<'_>, into: &mut Vec<Reason>) {
    for fact in &scene.shape.facts {
        let Fact::Call { write, clause, what } = fact else { continue };
        if scene.is_local(*write) {
            continue;
        }
        let inserts =
            scene.shape.writes.iter().any(|one| one.table == *write && matches!(one.kind, WriteKind::Insert(_)));
        let merges =
            scene.shape.writes.iter().any(|one| one.table == *write && matches!(one.kind, WriteKind::Merge(_)));
        let about = Some(*write);
        match (clause, what) {
            (Clause::Conflict | Clause::ConflictWhere, _) => into.push(scene.reason("conflict-function", about)),
            (Clause::Values, _) if merges => into.push(scene.reason("merge-function", about)),
            (Clause::Set | Clause::Where, Called::Volatile) if !inserts => {
                into.push(scene.reason("volatile-write", about))
            }
            (Clause::Set | Clause::Where, Called::WithinCase) if !inserts => {
                into.push(scene.reason("stable-in-case", about));
            }
            (Clause::Set | Clause::Where, Called::StableOverColumn) if !inserts => {
                into.push(scene.reason("stable-write", about));
            }
            _ => {}
        }
    }
}
