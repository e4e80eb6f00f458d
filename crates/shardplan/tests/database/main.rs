//! The second door against real servers, all in one binary so that its tests share one server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod connection;
mod doors;
mod facts;
mod features;
mod permissions;
mod schemas;
mod statistics;
mod versions;

use shardplan::{Catalog, Table, TableName};
use shardplan_testkit::Database;

/// Reads a database as the superuser.
fn read(database: &Database<'_>) -> Catalog {
    Catalog::from_database(&mut shardplan::connect(&database.url()).unwrap()).unwrap()
}

/// The table of that name.
fn table<'c>(catalog: &'c Catalog, name: &str) -> &'c Table {
    let name: TableName = name.parse().unwrap();
    catalog.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table {name}"))
}
