//! Candidates of small schemas, and the two numbers of the ranking.

mod tuning;

use shardplan::{Catalog, SchemaGraph, Statistics};

use super::*;

fn suggest(ddl: &str) -> Suggestions {
    Suggestions::new(&SchemaGraph::new(Catalog::from_ddl(ddl).catalog).unwrap())
}

fn keys(suggestions: &Suggestions) -> Vec<String> {
    suggestions.candidates.iter().map(|one| format!("{} as {}", one.key, one.column)).collect()
}

const SHOP: &str = "
    CREATE TABLE stores (id bigint PRIMARY KEY);
    CREATE TABLE orders (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
    CREATE TABLE line_items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);
    CREATE TABLE visits (id bigint PRIMARY KEY, store_id bigint NOT NULL, at timestamptz);
    CREATE TABLE countries (code text PRIMARY KEY);";

#[test]
fn what_most_tables_hold_or_reach_comes_first() {
    let found = suggest(SHOP);
    assert_eq!(keys(&found), ["stores.id as store_id", "orders.id as order_id"]);
    let first = &found.candidates[0];
    assert_eq!((first.holding(), first.reaching(), first.standing), (3, 4, Standing::Referenced));
    assert_eq!(first.tables_by_hops, [3, 1], "visits hold it by name, line items are one foreign key away");
    let outcome = first.outcome.as_ref().unwrap();
    assert_eq!((outcome.local, outcome.tenants, found.none.as_ref()), (2, None, None));
}

#[test]
fn a_column_without_foreign_keys_is_a_candidate_if_rows_are_told_apart_within_it() {
    let tables = |key: &str| {
        format!(
            "CREATE TABLE zone (id text PRIMARY KEY);
         CREATE TABLE users (id text PRIMARY KEY, name text, zone_id text NOT NULL {key});
         CREATE TABLE groups (id text PRIMARY KEY, name text, zone_id text NOT NULL);"
        )
    };
    assert_eq!(keys(&suggest(&tables(", UNIQUE (zone_id, name)"))), ["zone.id as zone_id"]);
    assert_eq!(keys(&suggest(&tables(", UNIQUE (name)"))), Vec::<String>::new(), "nothing begins with it");
}

#[test]
fn what_says_only_how_a_row_is_is_no_candidate() {
    let tables = |key: &str| {
        format!(
            "CREATE TABLE jobs (id bigint PRIMARY KEY, status text, at timestamptz);
             CREATE TABLE mails (id bigint PRIMARY KEY, status text, at timestamptz, number int);
             CREATE {key} INDEX ON jobs (status, at);"
        )
    };
    assert_eq!(keys(&suggest(&tables(""))), Vec::<String>::new(), "rows are looked up by it, not told apart within it");
    assert_eq!(keys(&suggest(&tables("UNIQUE"))), ["jobs.status as status"]);
}

#[test]
fn a_column_of_something_outside_is_named_by_the_table_that_others_lead_to() {
    let found = suggest(
        "CREATE TABLE applications (id text PRIMARY KEY, org_id text NOT NULL, uid text, UNIQUE (org_id, uid));
         CREATE TABLE event_types (org_id text NOT NULL, name text, PRIMARY KEY (org_id, name));
         CREATE TABLE endpoints (id text PRIMARY KEY, app_id text NOT NULL REFERENCES applications);",
    );
    assert_eq!(keys(&found)[0], "applications.org_id as org_id");
    assert_eq!(found.candidates[0].standing, Standing::Nothing);
}

#[test]
fn sizes_count_as_much_as_tables() {
    let ddl = "CREATE TABLE kinds (id bigint PRIMARY KEY);
               CREATE TABLE one (id bigint PRIMARY KEY, kind_id bigint NOT NULL REFERENCES kinds);
               CREATE TABLE two (id bigint PRIMARY KEY, kind_id bigint NOT NULL REFERENCES kinds);
               CREATE TABLE devices (id bigint PRIMARY KEY);
               CREATE TABLE events (id bigint PRIMARY KEY, device_id bigint NOT NULL REFERENCES devices);";
    assert_eq!(keys(&suggest(ddl))[0], "kinds.id as kind_id");
    let mut catalog = Catalog::from_ddl(ddl).catalog;
    let events = catalog.tables.iter_mut().find(|table| table.name.name == "events").unwrap();
    events.statistics = Some(Statistics { rows: Some(1_000_000), bytes: Some(1_000_000_000), writes: None });
    let found = Suggestions::new(&SchemaGraph::new(catalog).unwrap());
    assert_eq!(keys(&found)[0], "devices.id as device_id");
    assert_eq!(found.candidates[0].near_bytes, Some(1.0));
}

#[test]
fn a_key_with_too_few_values_comes_after_the_others() {
    let mut catalog = Catalog::from_ddl(SHOP).catalog;
    let stores = catalog.tables.iter_mut().find(|table| table.name.name == "stores").unwrap();
    stores.statistics = Some(Statistics { rows: Some(2), bytes: Some(8192), writes: None });
    let first = |catalog: &Catalog| keys(&Suggestions::new(&SchemaGraph::new(catalog.clone()).unwrap()))[0].clone();
    assert_eq!(first(&catalog), "stores.id as store_id", "nobody knows whether these are all that there will be");
    let orders = catalog.tables.iter_mut().find(|table| table.name.name == "orders").unwrap();
    orders.statistics = Some(Statistics { rows: Some(20_000), bytes: Some(8192), writes: None });
    assert_eq!(first(&catalog), "orders.id as order_id");
}

#[test]
fn statements_that_name_the_key_speak_for_it() {
    let ddl = "CREATE TABLE stores (id bigint PRIMARY KEY); CREATE TABLE buyers (id bigint PRIMARY KEY);
               CREATE TABLE orders (id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores,
                                    buyer_id bigint NOT NULL REFERENCES buyers);
               CREATE TABLE visits (id bigint PRIMARY KEY, buyer_id bigint NOT NULL REFERENCES buyers);";
    let graph = SchemaGraph::new(Catalog::from_ddl(ddl).catalog).unwrap();
    assert_eq!(keys(&Suggestions::new(&graph))[0], "buyers.id as buyer_id");
    let mut statements = crate::read_sql(
        "app.sql",
        "SELECT * FROM orders WHERE store_id = $1; SELECT * FROM visits WHERE buyer_id = $1; SELECT 1; SELEC 1;",
    )
    .statements;
    statements[0].calls = 999;
    let found = Suggestions::with_statements(&graph, &statements);
    assert_eq!(keys(&found)[0], "stores.id as store_id");
    assert_eq!(found.candidates[0].single_shard, Some(SingleShard { by_calls: 0.999, by_time: None }));
    assert_eq!(found.statements, Some(Read { counted: 2, without_tables: 1, unread: 1 }));
    statements[1].time = std::time::Duration::from_secs(1_000_000);
    let found = Suggestions::with_statements(&graph, &statements);
    assert_eq!(keys(&found)[0], "buyers.id as buyer_id", "one statement takes all the time");
}

#[test]
fn a_schema_without_a_tenant_is_told_so() {
    let unconnected: String =
        (0..20).map(|at| format!("CREATE TABLE t{at} (id bigint PRIMARY KEY, c{at} text);")).collect();
    let found = suggest(&unconnected);
    assert!(found.candidates.is_empty() && found.none.unwrap().starts_with("no foreign key"));
    let found = suggest(&(unconnected + "CREATE TABLE t (id bigint PRIMARY KEY, t1 bigint NOT NULL REFERENCES t1);"));
    assert_eq!(found.none.unwrap(), "the best candidate is in or near too little: 2 of 21 tables hold it, 2 reach it");
}

#[test]
fn schemas_of_one_shape_are_tenants() {
    let schema = |name: &str, more: &str| {
        format!(
        "CREATE SCHEMA {name}; CREATE TYPE {name}.kind AS ENUM ('a');
         CREATE TABLE {name}.users (id bigint PRIMARY KEY, kind {name}.kind); CREATE TABLE {name}.posts (id bigint PRIMARY KEY{more});"
    )
    };
    let names = ["acme", "globex", "initech"];
    let alike: String = names.map(|name| schema(name, "")).concat();
    let found = suggest(&format!("{alike} CREATE TABLE plans (id bigint PRIMARY KEY);")).schemas.unwrap();
    assert_eq!((found.schemas, found.tables), (names.map(Name::from).to_vec(), 2));
    let other = [schema("acme", ""), schema("globex", ""), schema("initech", ", x int")].concat();
    assert_eq!(suggest(&other).schemas, None);
}

#[test]
fn long_chains_and_cycles_end() {
    let chain: String = (1..1_500)
        .map(|at| format!("CREATE TABLE t{at} (id bigint PRIMARY KEY, up bigint REFERENCES t{});", at - 1))
        .collect();
    let graph =
        SchemaGraph::new(Catalog::from_ddl(&format!("CREATE TABLE t0 (id bigint PRIMARY KEY);{chain}")).catalog)
            .unwrap();
    assert_eq!(ranked(&Facts::new(&graph), Discounts::default()).len(), 1_499);
    let cycle = "CREATE TABLE a (id bigint PRIMARY KEY, b bigint); CREATE TABLE b (id bigint PRIMARY KEY, a bigint REFERENCES a);
                 ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; ALTER TABLE a ADD FOREIGN KEY (id) REFERENCES a;";
    assert_eq!(suggest(cycle).candidates.len(), 2);
}
