//! What every part of the classification looks at: the graph, the key, the user's choices and the links between tables.

use super::Rules;
use super::forced::{self, Choice};
use super::links::Links;
use super::root;
use crate::catalog::{Column, Table};
use crate::error::Error;
use crate::graph::{SchemaGraph, TableIx};

pub(super) struct Scene<'g> {
    pub(super) graph: &'g SchemaGraph,
    pub(super) rules: &'g Rules,
    pub(super) root: TableIx,
    /// The distribution column of the root.
    pub(super) key: &'g Column,
    /// What the user or the kind of table decides, by table.
    pub(super) choices: Vec<Choice<'g>>,
    pub(super) links: Links,
}

impl<'g> Scene<'g> {
    pub(super) fn new(graph: &'g SchemaGraph, rules: &'g Rules) -> Result<Self, Error> {
        let (root, key) = root::find(graph, &rules.key)?;
        let choices = forced::choices(graph, rules, root)?;
        Ok(Self { graph, rules, root, key, choices, links: Links::new(graph) })
    }

    pub(super) fn table(&self, table: TableIx) -> &'g Table {
        self.graph.table_at(table)
    }

    pub(super) fn choice(&self, table: TableIx) -> Choice<'g> {
        self.choices[table.at()]
    }

    pub(super) fn is_partition(&self, table: TableIx) -> bool {
        self.graph.topmost(table) != table
    }

    /// Whether the table's foreign keys and columns decide if it holds the key.
    pub(super) fn may_hold(&self, table: TableIx) -> bool {
        let undecided = matches!(self.choice(table), Choice::Free | Choice::Distributed);
        undecided && table != self.root && !self.is_partition(table)
    }

    /// Whether the table gets the key over foreign keys, if there are any and it does not hold it.
    pub(super) fn may_reach(&self, table: TableIx) -> bool {
        self.may_hold(table) || matches!(self.choice(table), Choice::Along(_))
    }
}
