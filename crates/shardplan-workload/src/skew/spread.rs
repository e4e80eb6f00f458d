//! How the rows of each distributed table are spread over the tenants: a classification with the server's statistics comes in, one
//! spread per table goes out. Knows no shards.

use serde::Serialize;
use shardplan::{Classification, Classified, Column, ColumnStatistics, Placement, Reason, TableName};

/// How the rows of one table are spread over the values of its distribution column.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The table.
    pub table: TableName,
    /// Its rows.
    pub rows: f64,
    /// Its bytes with indexes, if known.
    pub bytes: Option<f64>,
    /// Where this is known from.
    pub evidence: Evidence,
    /// Tenants that are known by name: the value's text form and its rows, each value once.
    pub named: Vec<(String, f64)>,
    /// The rows of all other tenants together.
    pub rest_rows: f64,
    /// How many other tenants there are.
    pub rest_tenants: f64,
    /// Rows that have no tenant: the column is NULL, or the path to it ends before.
    pub keyless: f64,
}

/// Where the spread of a table is known from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// Every row was counted.
    Counted,
    /// The statistics of its own column: the most common values are known, the others assumed to have the same number each.
    Statistics,
    /// It does not hold the key yet: its rows are assumed to be spread as those of the table that it gets the key from.
    As(TableName),
    /// One row for each tenant: it is the root, and the key is unique in it.
    OnePerTenant,
    /// Nothing is known: all rows are assumed to be spread evenly.
    Nothing,
}

impl Spread {
    /// The spreads of all distributed tables, partitions apart (their rows count for the partitioned table), from what `ANALYZE` found.
    pub fn estimated(classification: &Classification<'_>) -> Vec<Self> {
        let mut spreads: Vec<Self> = distributed(classification).map(|one| estimate(classification, one)).collect();
        let listed = spreads.iter().find(|spread| spread.evidence == Evidence::OnePerTenant);
        if let Some(tenants) = listed.map(|root| root.rows).filter(|rows| *rows > 0.0) {
            spreads.iter_mut().for_each(|spread| spread.limit(tenants));
        }
        spreads
    }

    /// There are no more tenants than the root has rows. `ANALYZE` takes each value of more than 1,024 bytes for a different one, and
    /// foresees others like those that it met once in its sample.
    fn limit(&mut self, tenants: f64) {
        let others = (tenants - self.named.len() as f64).max(1.0);
        self.rest_tenants = self.rest_tenants.min(others);
    }

    /// What a row takes on average.
    pub(super) fn row_bytes(&self) -> f64 {
        self.bytes.map_or(0.0, |bytes| if self.rows > 0.0 { bytes / self.rows } else { 0.0 })
    }

    /// The rows of a tenant that is not known by name.
    pub(super) fn rest_each(&self) -> f64 {
        if self.rest_tenants >= 1.0 { self.rest_rows / self.rest_tenants } else { 0.0 }
    }
}

/// The distributed tables whose rows count: all but partitions.
pub(super) fn distributed<'a, 'g>(
    classification: &'a Classification<'g>,
) -> impl Iterator<Item = &'a Classified<'g>> + use<'a, 'g> {
    let is_distributed = |one: &&Classified<'_>| matches!(one.placement, Placement::Distributed { .. });
    let all = classification.tables().iter().filter(is_distributed);
    all.filter(|one| !matches!(one.reason, Reason::PartitionOf(_)))
}

/// A spread in which nothing is known but the size.
pub(super) fn unknown(classification: &Classification<'_>, one: &Classified<'_>) -> Spread {
    let table = &one.table.name;
    let rows = classification.expected_rows(table).unwrap_or(0) as f64;
    let bytes = one.table.statistics.and_then(|statistics| statistics.bytes).map(|bytes| bytes as f64);
    Spread {
        table: table.clone(),
        rows,
        bytes,
        evidence: Evidence::Nothing,
        named: Vec::new(),
        rest_rows: rows,
        rest_tenants: 0.0,
        keyless: 0.0,
    }
}

fn estimate(classification: &Classification<'_>, one: &Classified<'_>) -> Spread {
    let spread = unknown(classification, one);
    if is_key_of(one, classification) {
        return Spread { evidence: Evidence::OnePerTenant, rest_tenants: spread.rows, ..spread };
    }
    let Some((holder, evidence)) = holder(classification, one) else { return spread };
    let rows = classification.expected_rows(&holder.0).unwrap_or(0) as f64;
    match &holder.1.statistics {
        Some(statistics) => from_statistics(spread, statistics, rows, evidence),
        None => spread,
    }
}

/// Whether each tenant has one row: the root, by a column that is its key alone.
fn is_key_of(one: &Classified<'_>, classification: &Classification<'_>) -> bool {
    let key = &classification.rules().key;
    one.reason == Reason::Root && one.table.keys().any(|found| found.columns.as_slice() == [key.column.clone()])
}

/// The table and column whose values a table's rows have for their key.
fn holder<'g>(
    classification: &Classification<'g>,
    one: &Classified<'g>,
) -> Option<((TableName, &'g Column), Evidence)> {
    let Placement::Distributed { column, backfill } = &one.placement else { return None };
    match backfill {
        None => Some(((one.table.name.clone(), one.table.column(column)?), Evidence::Statistics)),
        Some(path) => {
            let end = path.end();
            let held = classification.get(end)?.table.column(&path.column)?;
            Some(((end.clone(), held), Evidence::As(end.clone())))
        }
    }
}

/// The shares of a column's values, of `holder_rows` rows, as those of the table's rows.
fn from_statistics(spread: Spread, statistics: &ColumnStatistics, holder_rows: f64, evidence: Evidence) -> Spread {
    let share = |share: f32| f64::from(share.clamp(0.0, 1.0)) * spread.rows;
    let named: Vec<(String, f64)> =
        statistics.common.iter().map(|one| (one.value.clone(), share(one.frequency))).collect();
    let keyless = share(statistics.null_fraction);
    let rest_rows = (spread.rows - keyless - named.iter().map(|(_, rows)| rows).sum::<f64>()).max(0.0);
    let rest_tenants = (distinct(statistics, holder_rows) - named.len() as f64).max(0.0);
    // All values are among the most common ones: what is left is the sample's rounding.
    let rest_rows = if rest_tenants < 1.0 && !named.is_empty() { 0.0 } else { rest_rows };
    Spread { named, rest_rows, rest_tenants, keyless, evidence, ..spread }
}

/// How many values a column has.
fn distinct(statistics: &ColumnStatistics, rows: f64) -> f64 {
    let distinct = f64::from(statistics.distinct);
    if distinct >= 0.0 { distinct } else { (-distinct * rows).round() }
}
