//! The rules about queries that more than one shard answers: locks, grouping sets, recursion, subqueries in odd places; and lookups
//! by a key that is no longer unique.

use shardplan::{IndexPart, Name};

use super::scene::Scene;
use super::{Reason, Target};
use crate::shape::{Clause, Fact, NodeId, UseId};

/// Notes what stands against a query that more than one shard answers.
pub(super) fn check(scene: &Scene<'_>, into: &mut Vec<Reason>) {
    for fact in &scene.shape.facts {
        let (rule, block) = match fact {
            Fact::RowLock(block) => ("row-lock", *block),
            Fact::GroupingSets(block) => ("grouping-sets", *block),
            Fact::Recursive(block) => ("recursive-query", *block),
            Fact::ByCtid(block) => ("by-ctid", *block),
            Fact::Within { block, clause: Clause::Having } if scene.shape.blocks[*block].reaches < *block => {
                ("query-in-having", *block)
            }
            _ => continue,
        };
        let touched = scene.uses_within(block).find(|of| scene.key(*of).is_some());
        if touched.is_some() && !scene.is_single_within(block) {
            into.push(scene.reason(rule, touched));
        }
    }
}

/// Notes lookups by all columns of a key that is unique only together with the distribution column, pages that it cuts, and searches
/// by the first of its columns where no index begins with that any more.
pub(super) fn check_lookups(scene: &Scene<'_>, target: &Target, into: &mut Vec<Reason>) {
    for of in scene.restricted().filter(|of| scene.bound(*of).is_none()) {
        let keys = || target.widened.get(scene.table(of)).into_iter().flatten();
        let is_given = |column: &Name| scene.shape.column(of, column).is_some_and(|node| is_given(scene, node));
        let is_part_given = |part: &IndexPart| match part {
            IndexPart::Column(column) => is_given(column),
            IndexPart::Expression(text) => is_computed_given(scene, of, text),
        };
        if keys().any(|key| key.iter().all(is_part_given)) {
            into.push(scene.reason("lookup-by-old-key", Some(of)));
            continue;
        }
        let firsts = || keys().filter_map(|key| first_column(key));
        let is_paged =
            |column: &Name| scene.shape.column(of, column).is_some_and(|node| scene.shape.paged.contains(&node));
        if firsts().any(is_paged) {
            into.push(scene.reason("page-by-old-key", Some(of)));
            continue;
        }
        let leading = target.leading.get(scene.table(of));
        let is_sought = |column: &Name| scene.shape.column(of, column).is_some_and(|node| is_sought(scene, node));
        let begins = |first: &Name| is_sought(first) && !leading.is_some_and(|leading| leading.contains(first));
        // What another index finds, no key has found before.
        if firsts().any(begins) && !leading.into_iter().flatten().any(is_given) {
            into.push(scene.reason("search-by-old-key", Some(of)));
        }
    }
    into.dedup();
}

/// Whether an expression, as a key has it, is one value, or one of several.
fn is_computed_given(scene: &Scene<'_>, of: UseId, text: &str) -> bool {
    scene.shape.computed(of, &Name::from(text)).is_some_and(|node| is_given(scene, node))
}

/// The column that a key begins with.
fn first_column(key: &[IndexPart]) -> Option<&Name> {
    match key.first()? {
        IndexPart::Column(column) => Some(column),
        IndexPart::Expression(_) => None,
    }
}

/// Whether a column is one value, or one of several.
fn is_given(scene: &Scene<'_>, node: NodeId) -> bool {
    scene.shape.reach.bound[node].is_some() || scene.shape.reach.listed[node]
}

/// Whether an index finds rows by the column.
fn is_sought(scene: &Scene<'_>, node: NodeId) -> bool {
    is_given(scene, node) || scene.shape.sought.contains(&node)
}

/// The first of these uses that is of a distributed table.
pub(super) fn first_distributed(scene: &Scene<'_>, uses: &[UseId]) -> Option<UseId> {
    uses.iter().copied().find(|of| scene.key(*of).is_some())
}
