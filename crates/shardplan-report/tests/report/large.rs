//! A thousand tables are shown in a page that a browser can hold.

use std::fmt::Write;
use std::time::Instant;

use super::{Shown, plan};

/// A root, tables that hold the key, tables that reach it, reference tables and lone ones.
pub(crate) fn schema(tables: usize) -> String {
    let mut ddl =
        "CREATE TABLE stores (store_id bigint PRIMARY KEY);\nCREATE TABLE kinds (id int PRIMARY KEY);\n".to_owned();
    for at in 2..tables {
        let _ = match at % 5 {
            0 => writeln!(ddl, "CREATE TABLE lone_{at} (id bigint PRIMARY KEY);"),
            1 | 2 => writeln!(
                ddl,
                "CREATE TABLE held_{at} (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, kind int REFERENCES kinds);"
            ),
            _ => writeln!(
                ddl,
                "CREATE TABLE filled_{at} (id bigint PRIMARY KEY, other bigint NOT NULL REFERENCES held_{}, code text UNIQUE);",
                at - 2
            ),
        };
    }
    ddl
}

#[test]
fn a_thousand_tables_are_shown() {
    let plan = plan(&schema(1_000), "stores.store_id", None).unwrap();
    assert_eq!(plan.tables.len(), 1_000);
    let start = Instant::now();
    let shown = Shown::new(plan);
    // Told, not asserted: a busy machine is slow.
    let time = start.elapsed();
    println!("{time:?}, html {} bytes, svg {} bytes", shown.html.len(), shown.svg.len());
    assert!(shown.html.len() < 8_000_000, "{} bytes", shown.html.len());
}
