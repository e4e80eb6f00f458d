//! What is left of a plan's promises once all steps are done: the cluster before the distribution and at the end come in, what
//! was not kept goes out.

use std::fmt;
use std::sync::Arc;

use super::alteration::Alteration;
use super::cluster::{Cluster, Standing};
use super::exchanged;
use super::schema::Tie;
use crate::catalog::{ForeignKey, Table};
use crate::classify::Placement;
use crate::name::{Name, TableName};
use crate::plan::Plan;
use crate::plan::change::Change;

/// A promise that is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unkept {
    /// The table is not what it should be.
    Standing(TableName),
    /// The foreign key is not there, or not as it was: not validated, without its comment.
    ForeignKey {
        /// The referencing table.
        table: TableName,
        /// The foreign key.
        name: Name,
    },
    /// The foreign key is there, and one of its sides is not watched.
    Unenforced {
        /// The referencing table.
        table: TableName,
        /// The foreign key.
        name: Name,
    },
    /// The columns, keys, indexes, constraints or comments of the table are not as they were.
    Table(TableName),
    /// The rows that the table had before are still on the coordinator.
    LocalRows(TableName),
    /// The cluster took something that nothing puts back.
    Altered(Alteration),
}

impl Unkept {
    /// The table that it is about.
    #[must_use]
    pub fn table(&self) -> &TableName {
        match self {
            Self::Standing(table)
            | Self::ForeignKey { table, .. }
            | Self::Unenforced { table, .. }
            | Self::Table(table)
            | Self::LocalRows(table) => table,
            Self::Altered(altered) => altered.table(),
        }
    }
}

impl fmt::Display for Unkept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Standing(table) => write!(f, "`{table}` would not be placed as planned"),
            Self::ForeignKey { table, name } => {
                write!(f, "foreign key `{name}` of `{table}` would be gone, not validated or without its comment")
            }
            Self::Unenforced { table, name } => {
                write!(f, "foreign key `{name}` of `{table}` would not be enforced from both sides")
            }
            Self::Table(table) => {
                write!(f, "columns, keys, indexes, constraints or comments of `{table}` would be lost")
            }
            Self::Altered(altered) => altered.fmt(f),
            Self::LocalRows(table) => write!(f, "`{table}` would keep its old rows on the coordinator"),
        }
    }
}

/// The schema just before the first step on the cluster. It shares with the cluster's what nothing changes.
pub(super) struct Prepared {
    tables: Vec<Arc<Table>>,
    pub(super) foreign_keys: Vec<Arc<Tie>>,
}

impl Prepared {
    pub(super) fn of(cluster: &Cluster) -> Self {
        let tables = cluster.schema.tables();
        Self { tables: tables.all().cloned().collect(), foreign_keys: tables.keys().cloned().collect() }
    }
}

pub(super) fn unkept(plan: &Plan, cluster: &Cluster, prepared: &Prepared) -> Vec<Unkept> {
    let mut unkept: Vec<Unkept> = plan
        .tables
        .iter()
        .filter(|planned| !is_as_planned(cluster.standing(&planned.name), &planned.placement))
        .map(|planned| Unkept::Standing(planned.name.clone()))
        .collect();
    let tables = cluster.schema.tables();
    let is_same = |before: &&Arc<Table>| {
        let after = tables.find(&before.name).and_then(|at| tables.at(at));
        after.is_some_and(|after| {
            Arc::ptr_eq(before, after) || before == &after || exchanged::is_promised(plan, before, after)
        })
    };
    unkept.extend(
        prepared.tables.iter().filter(|before| !is_same(before)).map(|table| Unkept::Table(table.name.clone())),
    );
    let is_kept = |key: &&ForeignKey| tables.key(&key.from, &key.name).is_some_and(|tie| tie.key == **key);
    let promised = exchanged::foreign_keys(plan, prepared);
    let lost = promised.into_iter().filter(|key| !is_kept(key));
    unkept.extend(lost.map(|key| Unkept::ForeignKey { table: key.from.clone(), name: key.name.clone() }));
    unkept.extend(rows_left(plan, cluster).map(Unkept::LocalRows));
    unkept
}

fn is_as_planned(standing: &Standing, placement: &Placement) -> bool {
    match placement {
        Placement::Distributed { column, .. } => {
            matches!(standing, Standing::Distributed { column: by, .. } if by == column)
        }
        Placement::Reference => *standing == Standing::Reference,
        Placement::Local => matches!(standing, Standing::Plain | Standing::CitusLocal),
    }
}

/// Only tables that the plan wants emptied: those behind a local table keep their old rows, and their finding says so.
fn rows_left<'a>(plan: &'a Plan, cluster: &'a Cluster) -> impl Iterator<Item = TableName> + 'a {
    let changes = plan.phases.iter().flat_map(|phase| &phase.steps).flat_map(|step| &step.changes);
    let emptied = changes.filter_map(|change| match change {
        Change::TruncateLocalData { table } => Some(table),
        _ => None,
    });
    emptied.filter(|table| cluster.is_shell(table)).cloned()
}
