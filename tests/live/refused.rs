//! What only the server knows and what would go wrong with it: a script stops before it, and says what to do.

use shardplan::{Classification, Plan, Rules, SchemaGraph};
use shardplan_testkit::{Database, psql, shared};

use crate::read;
use crate::run::{PREPARATION, before, from, run, script};
use crate::shop::Shop;

/// A database with these tables, and the plan for it.
fn planned(sql: &str, key: &str) -> (Database<'static>, Plan) {
    let database = shared().fresh_database();
    psql(&database.url(), sql).unwrap();
    let graph = SchemaGraph::new(read(&database.url())).unwrap();
    let plan = Plan::new(&Classification::new(&graph, &Rules::new(key.parse().unwrap())).unwrap());
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    (database, plan)
}

fn count(database: &Database<'_>, query: &str) -> i64 {
    database.connect().unwrap().query_one(query, &[]).unwrap().get(0)
}

fn assert_stops(outcome: Result<(), String>, script: &str, words: &str) {
    let failure = outcome.unwrap_err();
    assert!(failure.starts_with(script) && failure.contains(words), "{failure}");
}

/// The default would be the key of rows that have none.
#[test]
fn a_domain_with_a_default() {
    let schema = |domain: &str| {
        format!(
            "CREATE DOMAIN key AS bigint {domain};
             CREATE TABLE shops (shop_id key PRIMARY KEY);
             CREATE TABLE orders (order_id bigint PRIMARY KEY, shop_id key REFERENCES shops);
             CREATE TABLE items (item_id bigint PRIMARY KEY, order_id bigint REFERENCES orders);
             INSERT INTO shops VALUES (1), (2);
             INSERT INTO orders VALUES (1, 2);
             INSERT INTO items VALUES (1, 1);"
        )
    };
    for domain in ["DEFAULT 1", "CHECK (VALUE > 0)", "NOT NULL"] {
        let (database, plan) = planned(&schema(domain), "shops.shop_id");
        let words = "the domain public.key has a default or a constraint";
        assert_stops(run(&database.url(), &plan, &PREPARATION), "00_preflight.sql", words);
        assert_stops(run(&database.url(), &plan, &["10_add_columns.sql"]), "10_add_columns.sql", words);
    }
    let (database, plan) = planned(&schema(""), "shops.shop_id");
    run(&database.url(), &plan, before("45_hand_over.sql")).unwrap();
    assert_eq!(count(&database, "SELECT shop_id::bigint FROM items"), 2);
}

/// Every UPDATE and DELETE would fail once the list does not have all columns of the key.
#[test]
fn a_publication_of_some_columns() {
    let version: i32 = shared()
        .fresh_database()
        .connect()
        .unwrap()
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .unwrap()
        .get(0);
    if version < 150_000 {
        return;
    }
    let shop = Shop::with("CREATE PUBLICATION p FOR TABLE items (item_id, amount)", "30_unique_indexes.sql");
    let words = "publication p has a list of columns of public.items without shop_id";
    assert_stops(shop.run(&["30_unique_indexes.sql"]), "30_unique_indexes.sql", words);
    shop.psql("ALTER PUBLICATION p SET TABLE items (item_id, shop_id, amount)");
    shop.run(&["30_unique_indexes.sql", "40_keys.sql"]).unwrap();
    shop.psql("UPDATE items SET amount = 1 WHERE item_id = 1");
}

/// Without the triggers, and without the foreign keys that come with the new keys, nothing would keep the keys right.
#[test]
fn the_hand_over_before_the_keys() {
    let shop = Shop::before("20_backfill.sql");
    assert_stops(shop.run(&["45_hand_over.sql"]), "45_hand_over.sql", "not NOT NULL");
    shop.run(&["20_backfill.sql", "30_unique_indexes.sql"]).unwrap();
    assert_stops(shop.run(&["45_hand_over.sql"]), "45_hand_over.sql", "not NOT NULL");
    shop.run(from("40_keys.sql")).unwrap();
}

/// A backfill that does not see all rows would say that it is done.
#[test]
fn rows_that_a_policy_hides() {
    let (database, plan) = planned(
        "CREATE TABLE shops (shop_id bigint PRIMARY KEY);
         CREATE TABLE orders (order_id bigint PRIMARY KEY, shop_id bigint NOT NULL REFERENCES shops);
         CREATE TABLE items (item_id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, region int);
         CREATE POLICY near ON items USING (region = 0);
         ALTER TABLE items ENABLE ROW LEVEL SECURITY;
         ALTER TABLE items FORCE ROW LEVEL SECURITY;
         INSERT INTO shops VALUES (1);
         INSERT INTO orders VALUES (1, 1);
         INSERT INTO items VALUES (1, 1, 0), (2, 1, 1);
         DO $$ BEGIN CREATE ROLE hidden_rows; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         ALTER SCHEMA public OWNER TO hidden_rows;
         ALTER TABLE shops OWNER TO hidden_rows;
         ALTER TABLE orders OWNER TO hidden_rows;
         ALTER TABLE items OWNER TO hidden_rows;",
        "shops.shop_id",
    );
    let as_owner = |path: &str| {
        let text = format!("SET ROLE hidden_rows;\n{}", script(&plan, path));
        psql(&database.url(), &text).map(|_| ()).map_err(|failure| format!("{path}: {failure}"))
    };
    let stopped = as_owner("00_preflight.sql");
    run(&database.url(), &plan, before("45_hand_over.sql")).unwrap();
    assert_eq!(count(&database, "SELECT count(*) FROM items WHERE shop_id = 1"), 2);
    database.execute("DROP OWNED BY hidden_rows CASCADE; DROP ROLE hidden_rows").unwrap();
    assert_stops(stopped, "00_preflight.sql", "row security hides rows of public.items from hidden_rows");
}

#[test]
fn two_at_once() {
    let shop = Shop::before("30_unique_indexes.sql");
    let mut other = shop.connect();
    other.batch_execute("SELECT pg_advisory_lock(hashtext('shardplan_script'))").unwrap();
    let words = "another session runs a script of shardplan in this database";
    assert_stops(shop.run(&["30_unique_indexes.sql"]), "30_unique_indexes.sql", words);
    drop(other);
    shop.run(&["30_unique_indexes.sql"]).unwrap();
}

/// A transaction that cannot see the key that its row should have fails, and its application tries again, as it must anyway.
#[test]
fn a_row_of_a_transaction_that_sees_an_old_key() {
    let shop = Shop::before("30_unique_indexes.sql");
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let mut old = shop.connect();
        old.batch_execute(&format!("BEGIN ISOLATION LEVEL {level}; SELECT FROM shops")).unwrap();
        shop.psql("UPDATE orders SET shop_id = 1 + shop_id % 3 WHERE order_id = 4");
        let failure = old.batch_execute("INSERT INTO items VALUES (1001, 4)").unwrap_err();
        assert_eq!(failure.code().unwrap().code(), "40001", "{failure}");
    }
    assert_eq!(shop.wrong(), "0");
}

/// The settings of a database do not reach into the scripts.
#[test]
fn the_settings_of_a_database() {
    let shop = Shop::before("10_add_columns.sql");
    let name = shop.ask("SELECT quote_ident(current_database())");
    for setting in [
        "default_transaction_isolation = 'serializable'",
        "standard_conforming_strings = off",
        "quote_all_identifiers = on",
        "row_security = off",
    ] {
        shop.psql(&format!("ALTER DATABASE {name} SET {setting}"));
    }
    shop.run(&PREPARATION).unwrap();
    assert_eq!(shop.wrong(), "0");
}
