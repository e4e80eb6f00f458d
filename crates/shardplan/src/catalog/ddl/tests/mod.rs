//! What each feature of the text becomes, and that no text does harm.

mod alter;
mod facts;
mod harm;
mod lex;
mod names;
mod objects;
mod reads;
mod statements;
mod tables;

use crate::catalog::{Catalog, Column, ForeignKey, Table};

/// Reads a text of which nothing may be skipped.
fn read(sql: &str) -> Catalog {
    let parsed = Catalog::from_ddl(sql);
    assert_eq!(parsed.skipped, [], "{sql}");
    parsed.catalog
}

/// The reasons for what is skipped, with their lines.
fn skipped(sql: &str) -> Vec<(u64, String)> {
    Catalog::from_ddl(sql).skipped.into_iter().map(|skipped| (skipped.line, skipped.why)).collect()
}

fn table<'c>(catalog: &'c Catalog, name: &str) -> &'c Table {
    let wanted = name.parse().unwrap();
    catalog.tables.iter().find(|table| table.name == wanted).unwrap_or_else(|| panic!("no table {name}"))
}

fn column<'c>(catalog: &'c Catalog, table_name: &str, name: &str) -> &'c Column {
    table(catalog, table_name).column(&name.into()).unwrap_or_else(|| panic!("no column {name}"))
}

/// `name: from(columns) -> to(columns)`.
fn show(key: &ForeignKey) -> String {
    let list = |pick: fn(&crate::catalog::ColumnPair) -> &crate::name::Name| {
        key.columns.iter().map(|pair| pick(pair).to_string()).collect::<Vec<_>>().join(", ")
    };
    format!("{}: {}({}) -> {}({})", key.name, key.from, list(|pair| &pair.from), key.to, list(|pair| &pair.to))
}

fn shown(catalog: &Catalog) -> Vec<String> {
    catalog.foreign_keys.iter().map(show).collect()
}
