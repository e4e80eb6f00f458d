//! Partitions and inheritance: rows of `pg_inherits` in, the tables' parents and the sums of partitioned tables out.

use std::collections::HashMap;

use super::draft::Draft;
use super::session::{Query, Session};
use crate::catalog::{PartitionOf, Statistics, TableKind};
use crate::error::Error;

const QUERY: Query = Query { what: "partitions and inheritance", sql: include_str!("inheritance.sql") };

/// Where the parent of a partition stands in the catalog, by the partition's own position.
pub(super) type Parents = HashMap<usize, usize>;

/// Tells each table its parents; `bounds` are those of the partitions, by number.
pub(super) fn read(
    session: &mut Session<'_>,
    draft: &mut Draft,
    mut bounds: HashMap<u32, String>,
) -> Result<Parents, Error> {
    let rows = session.read(&QUERY, &[], |mut fields| Ok((fields.take::<u32>()?, fields.take::<u32>()?)))?;
    let mut parents = Parents::new();
    for (child, parent) in rows {
        let (Some(at), Some(name)) = (draft.table_position(child), draft.name(child)) else { continue };
        let parent_name = draft.referenced(parent, || format!("table `{name}`"))?;
        let table = &mut draft.catalog.tables[at];
        match bounds.remove(&child) {
            Some(bound) => {
                table.partition_of = Some(PartitionOf { parent: parent_name, bound });
                parents.extend(draft.table_position(parent).map(|parent| (at, parent)));
            }
            None => table.inherits.push(parent_name),
        }
    }
    Ok(parents)
}

/// Adds what each partition has to every partitioned table above it.
pub(super) fn sum_up(draft: &mut Draft, parents: &Parents) {
    let tables = &mut draft.catalog.tables;
    for at in 0..tables.len() {
        let Some(own) = tables[at].statistics.filter(|_| !is_partitioned(&tables[at].kind)) else { continue };
        let mut above = parents.get(&at);
        while let Some(&parent) = above {
            let sum = tables[parent].statistics.get_or_insert_default();
            *sum = added(*sum, own);
            above = parents.get(&parent);
        }
    }
}

fn is_partitioned(kind: &TableKind) -> bool {
    matches!(kind, TableKind::Partitioned(_))
}

fn added(a: Statistics, b: Statistics) -> Statistics {
    Statistics {
        rows: added_known(a.rows, b.rows),
        bytes: added_known(a.bytes, b.bytes),
        writes: added_known(a.writes, b.writes),
    }
}

/// The sum of what is known.
fn added_known(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (known, None) | (None, known) => known,
    }
}
