//! The result of a block: its columns come in, what a condition on them from outside reaches goes out.

use shardplan::Name;

use super::build::Builder;
use super::scope::Columns;
use super::{BlockId, Node, NodeId};

/// The result of a query.
pub(super) struct Output {
    pub(super) block: BlockId,
    pub(super) columns: Vec<Column>,
    /// From which column on nobody knows which is which: behind a `*` over something whose columns are not known.
    pub(super) unsure: Option<usize>,
    /// Whether the server takes its tables into the query around it.
    pub(super) merges: bool,
}

/// A column of a result.
#[derive(Clone)]
pub(super) struct Column {
    pub(super) name: Name,
    /// The columns that it is, one per arm of a set operation; none for anything but a plain column.
    pub(super) from: Vec<NodeId>,
    /// Whether a condition on it may be moved inside.
    pub(super) open: bool,
    /// Whether every arm gives a plain column.
    pub(super) whole: bool,
    /// The value that it is, in a query of one arm.
    pub(super) value: Option<super::Value>,
}

impl Builder<'_> {
    /// What the query around it sees of a result, under the names of its alias.
    pub(super) fn seen(&mut self, output: &Output, names: &[Name]) -> Columns {
        let called = |at: usize, column: &Column| names.get(at).unwrap_or(&column.name).clone();
        let columns: Vec<(Name, Option<NodeId>)> = output
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| (called(at, column), self.shown(output, at)))
            .collect();
        Columns::Result(columns)
    }

    /// The node by which the query around it knows a column of a result.
    pub(super) fn shown(&mut self, output: &Output, at: usize) -> Option<NodeId> {
        let column = output.columns.get(at)?;
        if let ([only], true) = (&column.from[..], output.merges) {
            return Some(*only);
        }
        if column.from.is_empty() {
            return None;
        }
        let node = self.node(Node::Output(output.block, at));
        for from in &column.from {
            if column.open {
                self.flow(node, *from);
            }
            if column.whole {
                self.shape.ties.push((node, *from));
            }
        }
        Some(node)
    }
}
