//! The rows of a database, as one fingerprint per table that does not depend on their order.

use std::collections::BTreeMap;

use shardplan::{Catalog, Table};

/// The number of rows and the sum of their hashes, by table.
pub(crate) type Rows = BTreeMap<String, String>;

/// The rows of all tables of the catalog, without columns that the catalog does not have.
pub(crate) fn fingerprints(url: &str, catalog: &Catalog) -> Rows {
    let mut client = shardplan::connect(url).unwrap();
    // The text of a value must not depend on who reads it.
    client.batch_execute("SET timezone = 'UTC'; SET extra_float_digits = 3").unwrap();
    let mut rows = Rows::new();
    for table in catalog.tables.iter().filter(|table| table.extension.is_none()) {
        let found = client.query_one(&query(table), &[]).unwrap_or_else(|error| panic!("{}: {error:?}", table.name));
        rows.insert(table.name.to_string(), found.get(0));
    }
    rows
}

/// Each row as a JSON list: Citus does not carry anonymous records from node to node.
fn query(table: &Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.to_string()).collect();
    format!(
        "SELECT count(*) || ' rows, ' || coalesce(sum(hashtextextended(jsonb_build_array({})::text, 0)::numeric), 0) FROM {}",
        columns.join(", "),
        table.name.qualified()
    )
}

/// Where two sets of fingerprints differ.
pub(crate) fn differences(before: &Rows, after: &Rows) -> Vec<String> {
    let changed = before.iter().filter(|(table, rows)| after.get(*table) != Some(rows));
    changed.map(|(table, rows)| format!("rows of {table}: before {rows}, after {:?}", after.get(table))).collect()
}
