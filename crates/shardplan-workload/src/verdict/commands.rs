//! The rules about commands that are no queries: what they do to distributed and reference tables.

use shardplan::Name;

use super::Reason;
use super::scene::Scene;
use crate::command::{Deed, ForeignKey};
use crate::shape::{Done, UseId};

/// Notes what stands against commands.
pub(super) fn check(scene: &Scene<'_>, into: &mut Vec<Reason>) {
    let deeds = || scene.shape.deeds.iter().filter(|done| is_of_citus(scene, done.of));
    for done in deeds() {
        let rule = refusal(scene, done);
        into.extend(rule.map(|rule| scene.reason(rule, Some(done.of))));
    }
    // What is refused is known.
    let unknown = deeds().find(|done| matches!(done.deed, Deed::NotKnown(_)));
    if let (Some(done), true) = (unknown, into.is_empty()) {
        into.push(scene.reason("not-measured", Some(done.of)));
    }
}

/// Whether commands, and no queries, are all that the statement does to tables of a cluster.
pub(super) fn runs(scene: &Scene<'_>) -> bool {
    scene.shape.deeds.iter().any(|done| is_of_citus(scene, done.of))
}

fn is_of_citus(scene: &Scene<'_>, of: UseId) -> bool {
    !scene.is_local(of)
}

fn refusal(scene: &Scene<'_>, done: &Done) -> Option<&'static str> {
    let key = scene.key(done.of);
    let lacks_key = |columns: &[Name]| key.is_some_and(|key| !columns.contains(key));
    match &done.deed {
        Deed::Runs | Deed::NotKnown(_) => None,
        Deed::Unsupported => Some("alter-unsupported"),
        Deed::WithConstraint => Some("alter-with-constraint"),
        Deed::RenamesConstraint => Some("rename-constraint"),
        Deed::Column(column) => (key == Some(column)).then_some("alter-key"),
        Deed::Unique(columns) => lacks_key(columns).then_some("unique-without-key"),
        Deed::UniqueIndex(columns) => lacks_key(columns).then_some("unique-index-without-key"),
        Deed::ColumnWithCheck => Some("add-column-with-check"),
        Deed::ColumnWithSequence => Some("add-column-with-sequence"),
        Deed::References(foreign_key) => references(scene, done, foreign_key),
        Deed::Trigger => Some("trigger"),
        Deed::DetachesConcurrently => Some("detach-concurrently"),
        Deed::IsInherited => Some("inherits"),
        Deed::PolicyWithQuery => Some("policy-subquery"),
    }
}

/// A foreign key of a distributed or a reference table.
fn references(scene: &Scene<'_>, done: &Done, foreign_key: &ForeignKey) -> Option<&'static str> {
    let to = done.other?;
    let Some(key) = scene.key(done.of) else {
        return scene.key(to).map(|_| "foreign-key-from-reference");
    };
    let holds = foreign_key.columns.contains(key);
    if let Some(referenced) = scene.key(to) {
        let at = foreign_key.columns.iter().position(|column| column == key);
        // The primary key of a distributed table has its distribution column, at a place that is not known here.
        let meets = foreign_key.referenced.is_empty()
            || at.and_then(|at| foreign_key.referenced.get(at)).is_some_and(|column| column == referenced);
        if !holds || !meets {
            return Some("foreign-key-without-key");
        }
    } else if scene.is_local(to) {
        return Some("foreign-key-to-local");
    }
    (holds && (foreign_key.sets_on_delete || foreign_key.acts_on_update)).then_some("foreign-key-action")
}
