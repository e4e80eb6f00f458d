//! The rules about queries that more than one shard answers: locks, grouping sets, recursion, subqueries in odd places; and lookups
//! by a key that is no longer unique.

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

/// Notes lookups by all columns of a key that is unique only together with the distribution column.
pub(super) fn check_lookups(scene: &Scene<'_>, target: &Target, into: &mut Vec<Reason>) {
    for of in scene.restricted().filter(|of| scene.bound(*of).is_none()) {
        let keys = target.widened.get(scene.table(of)).into_iter().flatten();
        let is_bound = |node: Option<NodeId>| node.is_some_and(|node| scene.shape.reach.bound[node].is_some());
        let looked_up = |key: &Vec<shardplan::Name>| key.iter().all(|column| is_bound(scene.shape.column(of, column)));
        if { keys }.any(looked_up) {
            into.push(scene.reason("lookup-by-old-key", Some(of)));
        }
    }
    into.dedup();
}

/// The first of these uses that is of a distributed table.
pub(super) fn first_distributed(scene: &Scene<'_>, uses: &[UseId]) -> Option<UseId> {
    uses.iter().copied().find(|of| scene.key(*of).is_some())
}
