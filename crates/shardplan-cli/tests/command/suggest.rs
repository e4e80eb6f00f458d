//! `shardplan suggest` as a person runs it.

use shardplan_testkit::shared;

use crate::{Folder, fixture, said};

#[test]
fn candidates_stand_side_by_side() {
    let (code, out, err) = said(&["suggest", "--ddl", &fixture("tailspin")]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!("suggest_tailspin", out);
    let (_, markdown, _) = said(&["suggest", "--ddl", &fixture("tailspin"), "--format", "markdown"]);
    assert!(markdown.starts_with("# Suggested key of 4 tables: stores.store\\_id\n"), "{markdown}");
    let (_, json, _) = said(&["suggest", "--ddl", &fixture("tailspin"), "--format", "json"]);
    assert!(json.starts_with("{\n  \"tables\": 4,\n  \"candidates\": ["), "{json}");
}

#[test]
fn a_live_database_adds_sizes_and_tenants() {
    let database = shared().fresh_database();
    database
        .execute(
            "CREATE TABLE stores (store_id bigint PRIMARY KEY);
             CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
             INSERT INTO stores SELECT i FROM generate_series(1, 100) AS i;
             INSERT INTO orders SELECT i, 1 + i % 7 FROM generate_series(1, 1000) AS i;
             ANALYZE;",
        )
        .unwrap();
    let (code, out, _) = said(&["suggest", "--url", &database.url()]);
    assert_eq!(code, 0);
    for line in ["near to it, by bytes", "tenants ", "largest tenant", "fullest of 32 shards"] {
        assert!(out.contains(line), "{line} is missing:\n{out}");
    }
    let (_, catalog, _) = said(&["snapshot", "--common-values", "--url", &database.url()]);
    let folder = Folder::new();
    let (code, from_snapshot, _) = said(&["suggest", "--catalog", &folder.file("catalog.json", &catalog)]);
    assert_eq!((code, from_snapshot), (0, out));
}

#[test]
fn statements_are_evidence() {
    let folder = Folder::new();
    let sql =
        folder.file("app.sql", "SELECT * FROM orders WHERE store_id = 7; SELECT * FROM orders; BEGIN; SELECT FROM;");
    let (code, out, err) = said(&["suggest", "--ddl", &fixture("tailspin"), "--statements", &sql]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("Statements: 2 on tables of the schema, 1 on none, 1 that could not be read.\n"), "{out}");
    let line = out.lines().find(|line| line.contains("on one shard, by calls")).unwrap();
    assert!(line.contains("50.0 %"), "{line}");
    let log = folder.file("server.json", "no log");
    let (code, _, err) = said(&["suggest", "--ddl", &fixture("tailspin"), "--log", &log]);
    assert_eq!(code, 3);
    assert!(err.contains("server.json"), "{err}");
    let database = shared().fresh_database();
    database.execute("CREATE TABLE stores (store_id bigint PRIMARY KEY)").unwrap();
    let (_, _, err) = said(&["suggest", "--url", &database.url()]);
    assert!(err.starts_with("no statements of the application: the extension pg_stat_statements"), "{err}");
}

#[test]
fn a_schema_without_a_tenant_has_an_exit_code_of_its_own() {
    let folder = Folder::new();
    let tables = folder.file("tables.sql", "CREATE TABLE one (a text); CREATE TABLE two (b text);");
    let (code, out, _) = said(&["suggest", "--ddl", &tables]);
    assert_eq!(code, 1);
    assert!(out.starts_with("This schema of 2 tables has no tenant\nWhy: no foreign key references"), "{out}");
    let schemas =
        ["acme", "globex", "initech"].map(|name| format!("CREATE SCHEMA {name}; CREATE TABLE {name}.t (a text);"));
    let (_, out, _) = said(&["suggest", "--ddl", &folder.file("schemas.sql", &schemas.concat())]);
    assert!(out.contains("3 schemas hold the same 1 tables, acme and globex among them"), "{out}");
    assert_eq!(said(&["suggest"]).0, 3);
    assert_eq!(said(&["suggest", "--ddl", "/nonexistent"]).0, 4);
}
