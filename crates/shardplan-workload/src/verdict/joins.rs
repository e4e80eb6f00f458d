//! The rules about joins: which tables meet, and whether they meet by their distribution columns.

use std::collections::{BTreeMap, BTreeSet};

use super::Reason;
use super::scene::Scene;
use super::selects::first_distributed;
use crate::shape::{BlockId, Fact, Place, UseId, WriteKind, classes};

/// Notes joins that Citus does not take. A subquery that refers to nothing outside runs by itself, so it is looked at by itself.
pub(super) fn check(scene: &Scene<'_>, into: &mut Vec<Reason>) {
    for (top, uses) in levels(scene) {
        let distributed: Vec<UseId> = uses.iter().copied().filter(|of| scene.key(*of).is_some()).collect();
        if distributed.is_empty() || scene.agree(&distributed) {
            continue;
        }
        let nested = uses.iter().any(|of| scene.shape.uses[*of].block != top);
        if nested && beside_others(scene, top, &uses, into) {
            continue;
        }
        if let Some(rule) = apart(scene, top, &distributed) {
            into.push(scene.reason(rule, strange(scene, &distributed)));
        }
    }
}

/// The tables that meet, by the block in which they do: those of a block, and those of subqueries that refer to it.
fn levels(scene: &Scene<'_>) -> BTreeMap<BlockId, Vec<UseId>> {
    let mut levels: BTreeMap<BlockId, Vec<UseId>> = BTreeMap::new();
    for (of, mention) in scene.shape.uses.iter().enumerate().filter(|(_, mention)| mention.restricted) {
        let mut block = mention.block;
        while scene.shape.blocks[block].reaches < block {
            block = scene.shape.blocks[block].reaches;
        }
        levels.entry(block).or_default().push(of);
    }
    levels
}

/// Correlated subqueries between distributed tables and others.
fn beside_others(scene: &Scene<'_>, top: BlockId, uses: &[UseId], into: &mut Vec<Reason>) -> bool {
    let at_top = |of: &&UseId| scene.shape.uses[**of].block == top;
    let outer: Vec<UseId> = uses.iter().filter(at_top).copied().collect();
    let about = first_distributed(scene, uses);
    if uses.iter().any(|of| scene.is_local(*of)) {
        into.push(scene.reason("local-in-subquery", about));
        return true;
    }
    let limited = scene.shape.facts.iter().any(|fact| match fact {
        Fact::LateralLimit(block) => scene.is_within(*block, top) && scene.shape.blocks[*block].reaches < *block,
        _ => false,
    });
    let only_reference = !outer.is_empty() && outer.iter().all(|of| scene.is_reference(*of));
    if outer.is_empty() && scene.shape.blocks[top].calls {
        into.push(scene.reason("function-outside", about));
        return true;
    }
    if only_reference && limited {
        into.push(scene.reason("lateral-limit", about));
    } else if only_reference {
        into.push(scene.reason("reference-outside", about));
    }
    only_reference
}

/// The rule against tables that do not meet by their distribution columns; `None` if they do.
fn apart(scene: &Scene<'_>, top: BlockId, distributed: &[UseId]) -> Option<&'static str> {
    let shape = scene.shape;
    let together: BTreeSet<Option<usize>> = distributed.iter().map(|of| scene.class(*of)).collect();
    if distributed.len() == 1 || (together.len() == 1 && !together.contains(&None)) {
        return None;
    }
    // The server takes a simple lateral subquery into the query around it.
    let inside = |of: &UseId| {
        let block = &shape.blocks[shape.uses[*of].block];
        shape.uses[*of].block != top && (block.place != Place::From || block.domain != shape.blocks[top].domain)
    };
    let writes = shape.writes.iter().any(|write| write.block == top && !matches!(write.kind, WriteKind::Insert(_)));
    if shape.blocks[top].outer || writes || distributed.iter().any(inside) {
        return Some("join-not-by-key");
    }
    Some(match (meet(scene, distributed), shape.blocks[top].loose) {
        (true, _) => "join-repartitioned",
        (false, true) => "join-by-expression",
        (false, false) => "cross-join",
    })
}

/// Whether equalities of any columns connect the tables.
fn meet(scene: &Scene<'_>, uses: &[UseId]) -> bool {
    let shape = scene.shape;
    let of = |node: usize| match &shape.nodes[node] {
        crate::shape::Node::Column(of, _) => Some(*of),
        crate::shape::Node::Output(..) | crate::shape::Node::Computed(..) => None,
    };
    let ties: Vec<(usize, usize)> =
        shape.ties.iter().filter_map(|(one, other)| Some((of(*one)?, of(*other)?))).collect();
    let classes = classes(shape.uses.len(), &ties);
    uses.windows(2).all(|pair| classes[pair[0]] == classes[pair[1]])
}

/// The first table that is not joined as the others are: the one to say something about.
fn strange(scene: &Scene<'_>, distributed: &[UseId]) -> Option<UseId> {
    let first = distributed.first().and_then(|of| scene.class(*of));
    let other = distributed.iter().skip(1).copied().find(|of| scene.class(*of).is_none() || scene.class(*of) != first);
    other.or_else(|| distributed.first().copied())
}
