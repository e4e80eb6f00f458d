//! What `ANALYZE` found out about columns: rows of `pg_stats` in, statistics of the draft's columns out.

use std::collections::HashMap;

use super::draft::Draft;
use super::session::{Fields, Query, Session};
use crate::catalog::{ColumnStatistics, CommonValue, TableKind};
use crate::error::Error;
use crate::name::{Name, TableName};

const QUERY: Query = Query { what: "the statistics of columns", sql: include_str!("column_statistics.sql") };

/// A row of `column_statistics.sql`.
struct Row {
    table: TableName,
    column: Name,
    with_children: bool,
    statistics: ColumnStatistics,
}

/// Gives the draft's columns their statistics. A partitioned table has those of all its partitions together, an inheritance
/// parent those of its own rows.
pub(super) fn read(session: &mut Session<'_>, draft: &mut Draft) -> Result<(), Error> {
    let rows = session.read(&QUERY, &[], decode)?;
    let tables = &mut draft.catalog.tables;
    let positions: HashMap<TableName, usize> =
        tables.iter().enumerate().map(|(at, table)| (table.name.clone(), at)).collect();
    for row in rows {
        let Some(table) = positions.get(&row.table).map(|&at| &mut tables[at]) else { continue };
        if row.with_children != matches!(table.kind, TableKind::Partitioned(_)) {
            continue;
        }
        if let Some(column) = table.columns.iter_mut().find(|column| column.name == row.column) {
            column.statistics = Some(row.statistics);
        }
    }
    Ok(())
}

fn decode(mut fields: Fields<'_>) -> Result<Row, Error> {
    Ok(Row {
        table: TableName { schema: fields.name()?, name: fields.name()? },
        column: fields.name()?,
        with_children: fields.take()?,
        statistics: ColumnStatistics {
            null_fraction: fields.take()?,
            distinct: fields.take()?,
            common: common(fields.take()?, fields.take()?),
        },
    })
}

fn common(values: Option<Vec<String>>, frequencies: Option<Vec<f32>>) -> Vec<CommonValue> {
    let pairs = values.unwrap_or_default().into_iter().zip(frequencies.unwrap_or_default());
    pairs.map(|(value, frequency)| CommonValue { value, frequency }).collect()
}
