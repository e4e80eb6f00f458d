//! Whether one value of the distribution column binds all that a statement touches, and how it is answered if nothing stands
//! against it.

use std::collections::BTreeSet;

use super::Reason;
use super::scene::{Scene, may_be_one};
use crate::shape::{Given, Inserted, UseId, Value, Write, WriteKind};

/// Whether one shard answers.
pub(super) fn is_single(scene: &Scene<'_>) -> bool {
    let restricted: Vec<UseId> = scene.restricted().collect();
    let mut values: Vec<&Value> = Vec::new();
    for of in &restricted {
        match scene.bound(*of) {
            Some(value) => values.push(value),
            None => return false,
        }
    }
    for write in &scene.shape.writes {
        if scene.key(write.table).is_none() {
            continue;
        }
        let WriteKind::Insert(inserted) = &write.kind else { continue };
        match row(scene, write, inserted) {
            Row::One(Some(value)) => values.push(value),
            Row::One(None) => {}
            Row::Several => return false,
        }
    }
    may_be_one(&values)
}

/// Where the rows of an INSERT go.
enum Row<'s> {
    /// To one shard: that of a value, where it is known.
    One(Option<&'s Value>),
    Several,
}

fn row<'s>(scene: &Scene<'s>, write: &'s Write, inserted: &'s Inserted) -> Row<'s> {
    if inserted.from.is_some() {
        return scene.bound(write.table).map_or(Row::Several, |value| Row::One(Some(value)));
    }
    let key = scene.key(write.table).and_then(|key| inserted.columns.iter().position(|column| column == key));
    let given: Vec<Option<&Given>> = inserted.rows.iter().map(|row| key.and_then(|at| row.get(at))).collect();
    match &given[..] {
        [only] => Row::One(match only {
            Some(Given::Value(value)) => Some(value),
            _ => None,
        }),
        [Some(Given::Value(first)), rest @ ..]
            if rest.iter().all(|other| *other == Some(&Given::Value(first.clone()))) =>
        {
            Row::One(Some(first))
        }
        _ => Row::Several,
    }
}

/// How a statement is answered that nothing stands against.
pub(super) fn way(scene: &Scene<'_>) -> Reason {
    if super::commands::runs(scene) {
        return scene.reason("command", None);
    }
    if scene.distributed().next().is_none() {
        return scene.reason("no-distributed-table", None);
    }
    if is_single(scene) {
        let values: BTreeSet<&Value> = scene.restricted().filter_map(|of| scene.bound(of)).collect();
        let inserts = scene.restricted().next().is_none();
        return scene.reason(
            if inserts {
                "one-row"
            } else if values.len() > 1 {
                "same-value"
            } else {
                "bound-key"
            },
            None,
        );
    }
    let unbound = scene.restricted().find(|of| scene.bound(*of).is_none());
    let listed = |of: UseId| scene.key_node(of).is_some_and(|node| scene.shape.reach.listed[node]);
    match unbound {
        Some(of) if listed(of) => scene.reason("several-values", Some(of)),
        Some(of) => scene.reason("all-shards", Some(of)),
        None if scene.restricted().next().is_some() => scene.reason("several-values", None),
        None => scene.reason("several-rows", None),
    }
}
