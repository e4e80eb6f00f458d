//! What partitions take: a partitioned table comes in, for each partition the values that a row in it can have go out.

use shardplan::{Catalog, Table, TableKind};

/// Values by the places of their columns.
pub(crate) type Fixed = Vec<(usize, String)>;

/// One per partition that says what it takes; none where every row finds one.
pub(crate) fn of(catalog: &Catalog, table: &Table) -> Vec<Fixed> {
    let TableKind::Partitioned(by) = &table.kind else { return Vec::new() };
    let columns = key_columns(table, by);
    let partitions = catalog.tables.iter().filter_map(|one| one.partition_of.as_ref());
    let bounds = partitions.filter(|of| of.parent == table.name).filter_map(|of| first_values(&of.bound));
    bounds.map(|values| columns.iter().copied().zip(values).collect()).collect()
}

/// The columns of `RANGE (a, b)`.
fn key_columns(table: &Table, by: &str) -> Vec<usize> {
    let inside = by.split_once('(').map_or("", |(_, rest)| rest).trim_end_matches(')');
    let names = inside.split(", ").map(|name| name.split(' ').next().unwrap_or_default());
    let written: Vec<String> = table.columns.iter().map(|column| column.name.to_string()).collect();
    names.filter_map(|name| written.iter().position(|column| column == name)).collect()
}

/// The lower bound of a range, which belongs to it, or the first value of a list.
fn first_values(bound: &str) -> Option<Vec<String>> {
    let (list, rest) = ["FROM (", "IN ("].iter().find_map(|word| Some((*word == "IN (", bound.split_once(word)?.1)))?;
    let values: Vec<String> =
        rest.split(')').next()?.split(", ").map(|value| value.trim_matches('\'').to_owned()).collect();
    if values.iter().any(|value| value == "MINVALUE") {
        return None;
    }
    Some(if list { values.into_iter().take(1).collect() } else { values })
}
