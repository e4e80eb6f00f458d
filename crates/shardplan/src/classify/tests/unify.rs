//! Columns that hold the key in another type: converted, or a blocker that says why not.

use crate::finding::Severity;
use crate::graph::SchemaGraph;
use crate::{Catalog, Classification};

/// What is found about the types, for a root with a bigint key and what follows, with these overrides.
fn found(sql: &str, overrides: &str) -> (Severity, String) {
    let root = "CREATE TABLE stores (store_id bigint PRIMARY KEY);";
    let graph = SchemaGraph::new(Catalog::from_ddl(&format!("{root}\n{sql}")).catalog).unwrap();
    let rules = super::rules("stores.store_id").with_overrides(overrides).unwrap();
    let classification = Classification::new(&graph, &rules).unwrap();
    let about_types = |rule: &str| rule.starts_with("key-type-");
    let mut findings = classification.findings().iter().filter(|finding| about_types(&finding.rule));
    let finding = findings.next().unwrap_or_else(|| panic!("nothing about types: {sql}"));
    (finding.severity, finding.message.clone())
}

/// Why the column is not converted.
fn obstacle(sql: &str) -> String {
    let (severity, message) = found(sql, "");
    assert_eq!(severity, Severity::Blocker, "{message}");
    message.split("does not convert it: ").nth(1).unwrap().to_owned()
}

const PLAIN: &str =
    "CREATE TABLE t (id bigint PRIMARY KEY, store_id int NOT NULL DEFAULT -1 REFERENCES stores, price int, \
                     UNIQUE (store_id, price), CHECK (price > 0));
                     CREATE INDEX t_price ON t ((price + 1), store_id) WHERE price > 5;";

#[test]
fn a_narrower_integer_is_converted_with_its_keys_and_indexes() {
    let functions = "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT sum(store_id) FROM t';
                     CREATE FUNCTION g() RETURNS bigint LANGUAGE sql AS 'SELECT sum(price) FROM t';";
    let (severity, message) = found(&format!("{PLAIN}{functions}"), "");
    assert_eq!(severity, Severity::Warning, "{message}");
    assert!(message.ends_with("takes its place; functions that name it: `f`"), "{message}");
}

#[test]
fn the_user_may_forbid_it_with_a_reason() {
    let rules = "[tables.t]\nkeep_type = true\nreason = \"a program reads it\"";
    let (severity, message) = found(PLAIN, rules);
    assert_eq!(severity, Severity::Blocker);
    assert!(message.ends_with("does not convert it: the rules forbid it (a program reads it)"), "{message}");

    let graph =
        SchemaGraph::new(Catalog::from_ddl("CREATE TABLE stores (store_id bigint PRIMARY KEY);").catalog).unwrap();
    let rules = super::rules("stores.store_id").with_overrides("[tables.stores]\nkeep_type = true").unwrap();
    let error = Classification::new(&graph, &rules).unwrap_err().to_string();
    assert!(error.contains("needs a `reason`"), "{error}");
}

#[test]
fn what_a_new_column_could_not_take_over_is_named() {
    let with = |more: &str| obstacle(&format!("{PLAIN}{more}"));
    let column =
        |definition: &str| obstacle(&format!("CREATE TABLE t (id bigint PRIMARY KEY, store_id {definition});"));
    let domain =
        "CREATE DOMAIN whole AS int; CREATE TABLE t (id bigint PRIMARY KEY, store_id whole REFERENCES stores);";
    assert_eq!(obstacle(domain), "only a narrower integer type is widened to the root's");
    assert_eq!(column("int GENERATED ALWAYS AS IDENTITY REFERENCES stores"), "its values come from a sequence");
    assert_eq!(column("serial REFERENCES stores"), "its values come from a sequence");
    assert_eq!(column("int DEFAULT length('abc') REFERENCES stores"), "its default `length('abc')` is no constant");
    assert_eq!(
        column("int REFERENCES stores ON DELETE SET DEFAULT"),
        "foreign key `t_store_id_fkey` sets it to its default"
    );
    assert_eq!(column("int REFERENCES stores CHECK (store_id > 0)"), "check `t_store_id_check` depends on it");
    let generated = "int REFERENCES stores, twice int GENERATED ALWAYS AS (store_id * 2) STORED";
    assert_eq!(column(generated), "generated column `twice` depends on it");

    assert_eq!(with("CREATE VIEW v AS SELECT id FROM t;"), "view `v` reads the table");
    assert_eq!(with("CREATE POLICY p ON t USING (store_id = 1);"), "policy `p` depends on it");
    assert_eq!(with("CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;"), "rule `r` depends on it");
    assert_eq!(with("CREATE INDEX i ON t ((store_id % 2));"), "index `i` is invalid, or computes with it");
    assert_eq!(with("CREATE INDEX i ON t (price) WHERE store_id > 3;"), "index `i` is invalid, or computes with it");
    let key = "CREATE TABLE u (store_id int, price int, FOREIGN KEY (store_id, price) REFERENCES t (store_id, price));";
    assert_eq!(with(key), "foreign key `u_store_id_price_fkey` of `u` references it");
    assert_eq!(with("CREATE TABLE u (old t);"), "column `old` of `u` has the type of its rows");
    assert_eq!(with("CREATE TABLE u () INHERITS (t);"), "the table takes part in inheritance");
    assert_eq!(
        with("CREATE PUBLICATION p FOR TABLE t;"),
        "publication `p` would miss the new column at its subscribers"
    );
    let trigger = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
                   CREATE TRIGGER g BEFORE UPDATE OF store_id ON t FOR EACH ROW EXECUTE FUNCTION f();";
    assert_eq!(with(trigger), "trigger `g` depends on it");
    let standard = "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT sum(store_id) FROM t; END;";
    assert_eq!(with(standard), "function `f` depends on it, or has the type of its rows");
}
