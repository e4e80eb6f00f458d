//! What follows from a shape's equalities: which columns are bound in the end, and which are equal. Iterative, in the size of the
//! shape.

use super::{NodeId, Shape, Value};

/// The consequences of a shape's equalities, by node.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reach {
    /// The value that a column is bound to.
    pub(crate) bound: Vec<Option<Value>>,
    /// Whether a column is one of several values.
    pub(crate) listed: Vec<bool>,
    /// The class of columns that are equal wherever rows meet.
    pub(crate) class: Vec<usize>,
}

impl Reach {
    pub(crate) fn of(shape: &Shape) -> Self {
        let next = next(shape);
        let class = classes(shape.nodes.len(), &shape.ties);
        Self { bound: bound(shape, &next), listed: listed(shape, &next), class }
    }
}

/// What each column passes on to.
fn next(shape: &Shape) -> Vec<Vec<NodeId>> {
    let mut next: Vec<Vec<NodeId>> = vec![Vec::new(); shape.nodes.len()];
    for (from, to) in &shape.flows {
        next[*from].push(*to);
    }
    let is_strict = |node: NodeId| shape.binds.iter().any(|bind| bind.strict && bind.node == node);
    for (from, to) in shape.if_bound.iter().filter(|(from, _)| is_strict(*from)) {
        next[*from].push(*to);
    }
    next
}

fn bound(shape: &Shape, next: &[Vec<NodeId>]) -> Vec<Option<Value>> {
    let mut found: Vec<Option<Value>> = vec![None; shape.nodes.len()];
    let mut open: Vec<(NodeId, &Value)> = shape.binds.iter().rev().map(|bind| (bind.node, &bind.value)).collect();
    while let Some((node, value)) = open.pop() {
        if found[node].is_some() {
            continue;
        }
        found[node] = Some(value.clone());
        open.extend(next[node].iter().map(|to| (*to, value)));
    }
    found
}

fn listed(shape: &Shape, next: &[Vec<NodeId>]) -> Vec<bool> {
    let mut found = vec![false; shape.nodes.len()];
    let mut open = shape.listed.clone();
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut found[node], true) {
            open.extend(&next[node]);
        }
    }
    found
}

/// For each of so many things, the least that it is tied to.
pub(crate) fn classes(count: usize, ties: &[(usize, usize)]) -> Vec<usize> {
    let mut class: Vec<usize> = (0..count).collect();
    let root = |class: &mut Vec<usize>, mut at: usize| {
        while class[at] != at {
            class[at] = class[class[at]];
            at = class[at];
        }
        at
    };
    for (one, other) in ties {
        let (one, other) = (root(&mut class, *one), root(&mut class, *other));
        class[one.max(other)] = one.min(other);
    }
    (0..count).map(|at| root(&mut class, at)).collect()
}
