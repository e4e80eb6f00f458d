//! `shardplan queries`: statements in files and logs, and what lives in the schema; verdicts, lists and exit codes out.

use shardplan_testkit::shared;

use crate::{Folder, KEY, fixture, said};

const SCHEMA: &str = "\
CREATE TABLE stores (store_id bigint PRIMARY KEY);
CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores, status text);
CREATE TABLE line_items (line_item_id bigserial PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, product_id bigint);
";

const APP: &str = "\
\\timing on
BEGIN;
SELECT * FROM orders WHERE store_id = $1 AND order_id = $2;
SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id WHERE o.store_id = $1;
INSERT INTO line_items (order_id, product_id) VALUES ($1, $2);
SELECT * FROM orders WHERE order_id = ?;
SELECT *, (SELECT count(*) FROM line_items l WHERE l.order_id = o.order_id AND l.store_id = o.store_id) FROM orders o;
COMMIT;
";

fn queries(arguments: &[&str]) -> (i32, String, String) {
    let folder = Folder::new();
    let schema = folder.file("schema.sql", SCHEMA);
    said(&[&["queries", KEY[0], KEY[1], "--ddl", &schema], arguments].concat())
}

#[test]
fn functions_of_the_schema_are_read_by_line() {
    let (code, out, _) = said(&["queries", KEY[0], KEY[1], "--ddl", &fixture("tailspin")]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("  function create_orders, line ") && out.contains("INSERT INTO line_items"), "{out}");
}

#[test]
fn statements_are_listed_by_table_with_what_they_can_be_instead() {
    let folder = Folder::new();
    let app = folder.file("app.sql", APP);
    let (code, out, err) = queries(&["--strategy", "combined", "--statements", &app]);
    assert_eq!((code, err.as_str()), (2, ""));
    let first = out.lines().next().unwrap();
    assert_eq!(
        first,
        "3 of 5 statements need work before stores.store_id distributes the tables: 2 must be changed, 1 refused by Citus, 0 unknown"
    );
    for part in [
        "single shard  1 statement   20.0 % of calls",
        "app.sql:5: INSERT INTO line_items (order_id, product_id) VALUES ($1, $2)",
        "instead: INSERT INTO line_items (order_id, product_id, store_id) VALUES ($1, $2, $3)  -- $3 is store_id",
        "instead: SELECT * FROM orders o JOIN line_items l ON l.order_id = o.order_id AND l.store_id = o.store_id WHERE o.store_id = $1",
        "Citus prints: the query contains a join that requires repartitioning",
        "Refused only while the plan runs (strategy combined)",
        "2 statements that name no table of the plan are left out",
    ] {
        assert!(out.contains(part), "{part}:\n{out}");
    }
    let (code, page, _) = queries(&["--strategy", "shadow", "--statements", &app, "--format", "markdown"]);
    assert_eq!(code, 2);
    assert!(
        page.starts_with("**3 of 5") && page.contains("### `line_items`") && !page.contains("Refused only"),
        "{page}"
    );
}

#[test]
fn strategies_stand_side_by_side() {
    let folder = Folder::new();
    let app = folder.file("app.sql", APP);
    let (_, out, _) = queries(&["--statements", &app]);
    let lines = |strategy: &str| out.lines().filter(|line| line.starts_with(&format!("  {strategy} "))).count();
    assert!(out.contains("Refused for a while, and the longest for, by strategy"), "{out}");
    for strategy in ["combined", "shadow"] {
        assert_eq!(lines(strategy), 1, "{out}");
    }
    assert!(
        out.contains("  shadow      0 statements  –") || out.contains("  shadow ") && out.contains("0 statements"),
        "{out}"
    );
    let (_, page, _) = queries(&["--statements", &app, "--format", "markdown"]);
    assert!(page.contains("| combined | 1 statement | "), "{page}");
    let (_, json, _) = queries(&["--statements", &app, "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&json).unwrap();
    let combined = &found["by_strategy"].as_array().unwrap().iter().find(|one| one["strategy"] == "combined").unwrap();
    assert_eq!(combined["refused"][0]["rule"], "local-in-subquery");
    let (_, out, _) = queries(&[]);
    assert!(!out.contains("by strategy"), "{out}");
}

/// A snapshot stands for the server, and the rules say where the tables are.
#[test]
fn a_snapshot_and_rules_are_enough() {
    let database = shared().fresh_database();
    database.execute(SCHEMA).unwrap();
    let (_, catalog, _) = said(&["snapshot", "--url", &database.url()]);
    let folder = Folder::new();
    let (catalog, app) = (folder.file("catalog.json", &catalog), folder.file("app.sql", APP));
    let common = ["queries", KEY[0], KEY[1], "--catalog", &catalog, "--statements", &app, "--strategy", "combined"];
    let (code, out, _) = said(&common);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains("INSERT INTO line_items (order_id, product_id, store_id)"), "{out}");
    let local = "[tables.line_items]\nclass = \"local\"\nreason = \"a test\"\n";
    let local = folder.file(
        "rules.toml",
        &format!("{local}[foreign_keys.line_items.line_items_order_id_fkey]\ndrop = true\nreason = \"a test\"\n"),
    );
    let (_, out, _) = said(&[&common[..], &["--rules", &local]].concat());
    assert!(
        !out.contains("INSERT INTO line_items (order_id, product_id, store_id)"),
        "a local table gets no key:\n{out}"
    );
}

#[test]
fn the_exit_code_says_what_is_to_be_done() {
    let folder = Folder::new();
    let exit = |sql: &str| queries(&["--strategy", "shadow", "--statements", &folder.file("one.sql", sql)]).0;
    assert_eq!(exit("SELECT FROM orders WHERE store_id = 5; SELECT FROM orders;"), 0);
    assert_eq!(exit("SELECT FROM orders WHERE order_id = 5"), 1);
    assert_eq!(exit("SELEC"), 1);
    assert_eq!(exit("SELECT FROM orders FOR UPDATE"), 2);
    assert_eq!(queries(&["--strategy", "slow"]).0, 3);
    assert_eq!(queries(&["--log", &folder.file("log", "no log")]).0, 3);
    assert_eq!(queries(&["--statements", "/nowhere"]).0, 4);
    assert_eq!(queries(&["--strategy", "shadow"]).0, 0);
}

#[test]
fn json_has_everything() {
    let folder = Folder::new();
    let log = r#"{"session_id":"a","message":"duration: 2.5 ms  statement: SELECT FROM orders WHERE store_id = 5"}"#;
    let (code, out, _) = queries(&["--strategy", "shadow", "--format", "json", "--log", &folder.file("log.json", log)]);
    assert_eq!(code, 0);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let one = &found["audit"]["statements"][0];
    assert_eq!((&one["verdict"], &one["seconds"]), (&"single_shard".into(), &0.0025.into()));
    assert_eq!(one["reasons"][0]["rule"], "bound-key");
    assert_eq!(found["strategy"], "shadow");
}

#[test]
fn lines_that_cannot_be_read_are_counted_in_every_form() {
    let folder = Folder::new();
    let log = "{\"message\":\"statement: SELECT FROM orders WHERE store_id = 5\"}\n{\"message\":\"stat";
    let log = folder.file("log.json", log);
    for (format, counted) in [("text", "  1 line of the files could"), ("markdown", "\n1 line of the files could")] {
        let (code, out, err) = queries(&["--strategy", "shadow", "--log", &log, "--format", format]);
        assert_eq!(code, 1, "{out}");
        assert!(out.contains(counted) && err.contains("log.json: 1 that could not be read, the first of them line 2"));
    }
    let (_, out, _) = queries(&["--strategy", "shadow", "--log", &log, "--format", "json"]);
    assert!(out.contains("\"left_out\": 1"), "{out}");
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let folder = Folder::new();
    let schema = folder.file("schema.sql", &format!("\u{feff}{SCHEMA}"));
    let app = folder.file("app.sql", "\u{feff}SELECT FROM orders WHERE store_id = 5");
    let (code, out, err) =
        said(&["queries", KEY[0], KEY[1], "--ddl", &schema, "--statements", &app, "--strategy", "shadow"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}

#[test]
fn a_server_without_statistics_is_told() {
    let database = shared().fresh_database();
    database.execute("CREATE TABLE stores (store_id bigint PRIMARY KEY)").unwrap();
    let (code, out, err) = said(&["queries", KEY[0], KEY[1], "--url", &database.url()]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("pg_stat_statements is not installed"), "{err}");
    assert!(out.starts_with("0 of 0 statements need work"), "{out}");
}

/// The report says the same, and how even the shards will be where that is known.
#[test]
fn the_report_says_what_the_application_must_change() {
    let folder = Folder::new();
    let (schema, app) = (folder.file("schema.sql", SCHEMA), folder.file("app.sql", APP));
    let log =
        folder.file("log.json", r#"{"session_id":"a","message":"statement: SELECT * FROM orders ORDER BY status"}"#);
    let report = |name: &str, rest: &[&str]| {
        let out = folder.path(name);
        let plan = ["plan", KEY[0], KEY[1], "-o", &out];
        let (code, _, err) = said(&[&plan[..], rest].concat());
        assert!(code < 2, "{err}");
        std::fs::read_to_string(std::path::Path::new(&out).join("report.html")).unwrap()
    };
    let page = report("with", &["--ddl", &schema, "--statements", &app, "--log", &log]);
    for part in [
        "What the application must change",
        "3 of 6 statements need work",
        "INSERT INTO line_items (order_id, product_id, store_id)",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let page = report("without", &["--ddl", &schema]);
    assert!(!page.contains("id=\"application\"") && !page.contains("id=\"evenness\""));
    let database = shared().fresh_database();
    let rows = "INSERT INTO stores SELECT generate_series(1, 50); INSERT INTO orders SELECT i, 1 + i % 50 FROM generate_series(1, 500) AS i; ANALYZE;";
    database.execute(&format!("{SCHEMA}{rows}")).unwrap();
    let page = report("live", &["--url", &database.url()]);
    assert!(page.contains("id=\"evenness\"") && page.contains("data:image/svg+xml,"), "the shards are drawn");
}

/// A default gives the row its key; and what no table gives the key gets no rewrite that names it.
#[test]
fn a_default_is_a_value_and_no_rewrite_is_guessed() {
    let folder = Folder::new();
    let schema = folder.file(
        "schema.sql",
        &SCHEMA.replace("store_id bigint PRIMARY KEY)", "store_id bigserial PRIMARY KEY, name text)"),
    );
    let statements = "INSERT INTO stores (name) VALUES ($1) RETURNING store_id;
        INSERT INTO stores VALUES (DEFAULT, $1);
        INSERT INTO line_items (order_id, product_id) SELECT i, 1 FROM generate_series(1, 3) AS i;
        INSERT INTO line_items (order_id, product_id) SELECT order_id, count(*) FROM orders GROUP BY order_id;
        INSERT INTO line_items (order_id, product_id) SELECT DISTINCT order_id, 1 FROM orders;
        INSERT INTO line_items (order_id, product_id) WITH orders AS (SELECT 1 AS order_id) SELECT order_id, 1 FROM orders;
        INSERT INTO line_items (order_id, product_id) SELECT order_id, 1 FROM orders;";
    let app = folder.file("app.sql", statements);
    let (_, out, _) = said(&["queries", KEY[0], KEY[1], "--ddl", &schema, "--statements", &app, "--format", "json"]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    let of = |text: &str| {
        let statements = found["audit"]["statements"].as_array().unwrap();
        statements.iter().find(|one| one["text"].as_str().unwrap().contains(text)).unwrap().clone()
    };
    for single in ["VALUES ($1) RETURNING", "VALUES (DEFAULT, $1)"] {
        assert_eq!(of(single)["verdict"], "single_shard", "{single}");
    }
    for guessed in ["generate_series", "GROUP BY", "DISTINCT", "WITH orders"] {
        assert_eq!(of(guessed)["rewrite"], serde_json::Value::Null, "{guessed}");
    }
    let rewrite = &of("SELECT order_id, 1 FROM orders")["rewrite"];
    assert!(out.contains("SELECT order_id, 1, orders.store_id FROM orders"), "{rewrite}");
}

#[test]
fn of_a_plan_that_is_blocked_nothing_is_said_meanwhile() {
    let folder = Folder::new();
    let blocked =
        "CREATE POLICY p ON orders USING (store_id IN (SELECT 1)); ALTER TABLE orders ENABLE ROW LEVEL SECURITY;";
    let schema = folder.file("schema.sql", &format!("{SCHEMA}{blocked}"));
    let app = folder.file("app.sql", APP);
    let of = |format: &str| {
        said(&[
            "queries",
            KEY[0],
            KEY[1],
            "--ddl",
            &schema,
            "--statements",
            &app,
            "--strategy",
            "combined",
            "--format",
            format,
        ])
        .1
    };
    for format in ["text", "markdown"] {
        let out = of(format);
        assert!(
            out.contains("is not known: something blocks it") && !out.contains("no other statement is refused"),
            "{out}"
        );
    }
    assert!(of("json").contains("\"blocked\": true"));
}
