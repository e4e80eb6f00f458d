//! `shardplan skew` as a person runs it.

use shardplan_testkit::shared;

use crate::{Folder, said};

/// Store 7 has half of the orders.
const SHOP: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY);
    CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
    CREATE TABLE line_items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);
    INSERT INTO stores SELECT i FROM generate_series(1, 100) AS i;
    INSERT INTO orders SELECT i, CASE WHEN i % 2 = 0 THEN 7 ELSE 1 + i % 100 END FROM generate_series(1, 4000) AS i;
    INSERT INTO line_items SELECT i, 1 + i % 4000 FROM generate_series(1, 8000) AS i;
    ANALYZE;";

const KEY: [&str; 3] = ["skew", "--key", "stores.store_id"];

fn skew(rest: &[&str]) -> (i32, String, String) {
    said(&[&KEY, rest].concat())
}

#[test]
fn a_scan_says_where_every_row_will_lie() {
    let database = shared().fresh_database();
    database.execute(SHOP).unwrap();
    let (code, out, err) = skew(&["--url", &database.url(), "--scan", "--timeout", "60"]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    let rows = |first: &str| {
        let line = out.lines().find(|line| line.trim_start().starts_with(first)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(["line_items ", "orders ", "stores "].map(rows), ["8,000", "4,000", "100"]);
    let largest = out.lines().skip_while(|line| *line != "Largest tenants").nth(2).unwrap();
    // Half of the orders, twice as many line items, and the store itself.
    assert_eq!(largest.split_whitespace().take(2).collect::<Vec<_>>(), ["7", "6,001"]);
    assert!(largest.contains("100.0 %"), "all of it was counted: {largest}");
    assert!(out.contains("  SELECT isolate_tenant_to_new_shard('public.stores', '7'::bigint, 'CASCADE');\n"), "{out}");
    let (code, markdown, _) = skew(&["--url", &database.url(), "--scan", "--format", "markdown"]);
    assert_eq!(code, 1);
    assert!(markdown.contains("| tenant | rows | bytes | of all | of it known | shard |"), "{markdown}");
    assert!(
        markdown.contains("```sql\nSELECT isolate_tenant_to_new_shard('public.stores', '7'::bigint, 'CASCADE');\n```")
    );
}

#[test]
fn a_snapshot_is_enough_for_an_estimate() {
    let database = shared().fresh_database();
    database.execute(SHOP).unwrap();
    let folder = Folder::new();
    let (_, catalog, _) = said(&["snapshot", "--common-values", "--url", &database.url()]);
    let catalog = folder.file("catalog.json", &catalog);
    let (code, out, err) = skew(&["--catalog", &catalog, "--shards", "48", "--nodes", "3"]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    assert!(out.starts_with("Skew of stores.store_id (bigint): 100 tenants\nThe fullest of 48 shards has "), "{out}");
    assert!(out.contains("that of orders") && out.contains("one row for each tenant"), "{out}");
    let (_, json, _) = skew(&["--catalog", &catalog, "--format", "json"]);
    assert!(json.starts_with("{\n  \"key\"") && json.contains("\"hottest_shard\""), "{json}");
    let (_, svg, _) = skew(&["--catalog", &catalog, "--format", "svg"]);
    assert!(svg.starts_with("<svg ") && svg.matches("class=\"known\"").count() == 32, "{svg}");
}

/// What the rules leave out of the distribution lies on no shard.
#[test]
fn the_rules_say_which_tables_count() {
    let database = shared().fresh_database();
    database.execute(SHOP).unwrap();
    let folder = Folder::new();
    let local = "[tables.line_items]\nclass = \"local\"\nreason = \"a test\"\n[foreign_keys.line_items.line_items_order_id_fkey]\ndrop = true\nreason = \"a test\"\n";
    let rules = folder.file("rules.toml", local);
    let (_, out, err) = skew(&["--url", &database.url(), "--scan", "--rules", &rules]);
    assert_eq!(err, "");
    assert!(out.contains("orders ") && !out.contains("line_items "), "{out}");
}

#[test]
fn nothing_known_is_said() {
    let database = shared().fresh_database();
    database.execute("CREATE TABLE stores (store_id bigint PRIMARY KEY)").unwrap();
    let (code, out, _) = skew(&["--url", &database.url()]);
    assert_eq!(code, 1);
    assert!(
        out.starts_with("Skew of stores.store_id (bigint): an unknown number of tenants\nAdvised: 32 shards;"),
        "{out}"
    );
}

#[test]
fn wrong_words_are_refused() {
    for (rest, about) in [
        (vec![], "--url"),
        (vec!["--catalog", "x", "--scan"], "--scan"),
        (vec!["--catalog", "x", "--shards", "0"], "--shards"),
        (vec!["--catalog", "x", "--nodes", "none"], "--nodes"),
    ] {
        let (code, _, err) = skew(&rest);
        assert_eq!(code, 3, "{rest:?}");
        assert!(err.contains(about), "{err}");
    }
    assert_eq!(skew(&["--catalog", "/nonexistent"]).0, 4);
}
