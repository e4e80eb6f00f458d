//! Where each table belongs: a graph and rules come in, one placement with its reason per table goes out. Knows nothing of
//! steps or SQL.

mod accepted;
mod agree;
mod findings;
mod forced;
mod holders;
mod key_type;
mod limits;
mod links;
mod overrides;
mod path;
mod place;
mod reference;
mod report;
mod root;
mod rules;
mod scene;
mod search;
mod similar;
mod strategy;
#[cfg(test)]
mod tests;
mod unify;

pub(crate) use findings::RULES;

pub use accepted::Acceptance;
pub use limits::{CopyRate, Limit};
pub use path::{Hop, Path};
pub use rules::{DistributionKey, ForcedClass, ForcedMethod, ForeignKeyRule, KeyRule, RemovalRule, Rules, TableRule};
pub use strategy::Strategy;

use serde::{Deserialize, Serialize};

use crate::catalog::Table;
use crate::error::Error;
use crate::finding::Finding;
use crate::graph::{SchemaGraph, TableIx};
use crate::name::{Name, TableName};
use scene::Scene;

/// What becomes of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Split over the workers by this column.
    Distributed {
        /// The distribution column: existing when `backfill` is `None`, to be added otherwise.
        column: Name,
        /// For a table that does not hold the key yet: the path from which it is derived.
        backfill: Option<Path>,
    },
    /// Copied whole to every node.
    Reference,
    /// Left on the coordinator.
    Local,
}

/// Why a table has its placement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It is the root: the table of the distribution key.
    Root,
    /// The named foreign key pairs the column with the distribution column of the root or of a table that holds the key.
    HoldsKey {
        /// The foreign key.
        foreign_key: Name,
        /// The table that it references.
        references: TableName,
    },
    /// It has a column of the key's name and a compatible type, but no foreign key says that it is the same key.
    SameColumn,
    /// It reaches the key over foreign keys (the path is in the placement).
    Reaches,
    /// It cannot be reached from the root, and this distributed or reference table references it.
    ReferencedBy {
        /// The referencing table.
        table: TableName,
        /// The foreign key.
        foreign_key: Name,
    },
    /// It has no path to the root, and nothing that is distributed references it.
    Unconnected,
    /// It is a partition: it goes where its partitioned table goes.
    PartitionOf(TableName),
    /// The user forces it, with this reason.
    Forced {
        /// The user's words.
        why: String,
    },
}

/// One table's verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified<'g> {
    /// The table.
    pub table: &'g Table,
    /// Where it belongs.
    pub placement: Placement,
    /// Why.
    pub reason: Reason,
    /// The other paths to the key, shortest first, the chosen one left out.
    pub other_paths: Vec<Path>,
}

/// The verdicts for all tables of a graph.
#[derive(Debug)]
pub struct Classification<'g> {
    graph: &'g SchemaGraph,
    rules: &'g Rules,
    root: TableIx,
    tables: Vec<Classified<'g>>,
    /// Whose distribution column gets the type of the root's key, sorted.
    unified: Vec<TableIx>,
    findings: Vec<Finding>,
}

impl<'g> Classification<'g> {
    /// Classifies every table.
    ///
    /// # Errors
    /// [`Error::UnknownTable`], [`Error::UnknownColumn`], [`Error::UnsuitableRoot`], [`Error::Override`].
    pub fn new(graph: &'g SchemaGraph, rules: &'g Rules) -> Result<Self, Error> {
        let scene = Scene::new(graph, rules)?;
        let placed = place::place(&scene)?;
        let others = unify::decide(&scene, &placed.holders);
        let findings = report::findings(&scene, &placed, &others);
        let unified = others.iter().filter(|other| other.obstacle.is_none()).map(|other| other.table).collect();
        Ok(Self { graph, rules, root: scene.root, tables: placed.tables, unified, findings })
    }

    /// The graph that was classified.
    pub fn graph(&self) -> &'g SchemaGraph {
        self.graph
    }

    /// The rules that it followed.
    pub fn rules(&self) -> &'g Rules {
        self.rules
    }

    /// The verdicts, in the order of the tables' names.
    pub fn tables(&self) -> &[Classified<'g>] {
        &self.tables
    }

    /// The verdict on the table of that name.
    pub fn get(&self, table: &TableName) -> Option<&Classified<'g>> {
        self.graph.find(table).map(|table| self.at(table))
    }

    pub(crate) fn at(&self, table: TableIx) -> &Classified<'g> {
        &self.tables[table.at()]
    }

    /// Whether the plan gives its distribution column the type of the root's key.
    pub(crate) fn is_unified(&self, table: TableIx) -> bool {
        self.unified.binary_search(&table).is_ok()
    }

    /// How many rows to expect in a table: what the rules say, else what the server's statistics say.
    pub fn expected_rows(&self, table: &TableName) -> Option<u64> {
        self.graph.table(table).and_then(|table| expected_rows(self.rules, table))
    }

    /// What the user must read, most severe first, then by table, rule and object.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The table of the distribution key.
    pub fn root(&self) -> &'g Table {
        self.graph.table_at(self.root)
    }
}

fn expected_rows(rules: &Rules, table: &Table) -> Option<u64> {
    let expected = rules.tables.get(&table.name).and_then(|rule| rule.rows);
    expected.or_else(|| table.statistics.and_then(|statistics| statistics.rows))
}
