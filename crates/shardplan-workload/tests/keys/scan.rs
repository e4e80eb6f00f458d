//! Scans against what a plain server counts, and against where a cluster puts the rows.

use std::time::Duration;

use shardplan::postgres::{Client, NoTls};
use shardplan::{Catalog, Classification, Rules, SchemaGraph};
use shardplan_testkit::shared;
use shardplan_workload::{Evidence, ScanOptions, Shards, Skew, Spread, scan};

/// Stores of very different sizes, some orders without one, and line items that know their order only.
const SHOP: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);
    CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);
    CREATE TABLE line_items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);
    INSERT INTO stores SELECT i, md5(i::text) FROM generate_series(1, 500) AS i;
    INSERT INTO orders SELECT i, CASE WHEN i % 50 <> 0 THEN 1 + (i::numeric * i % 499) * (i % 3) / 2 END::bigint
        FROM generate_series(1, 10000) AS i;
    INSERT INTO line_items SELECT i, 1 + i % 10000 FROM generate_series(1, 30000) AS i;
    ANALYZE;";

fn scanned(client: &mut Client, options: &ScanOptions) -> (SchemaGraph, Rules, Result<Vec<Spread>, shardplan::Error>) {
    let graph = SchemaGraph::new(Catalog::from_database(client).unwrap()).unwrap();
    let rules = Rules::new("stores.store_id".parse().unwrap());
    let spreads = scan(client, &Classification::new(&graph, &rules).unwrap(), options);
    (graph, rules, spreads)
}

#[test]
fn a_scan_counts_every_row_of_every_tenant() {
    let database = shared().fresh_database();
    database.execute(SHOP).unwrap();
    let mut client = database.connect().unwrap();
    let (_, _, spreads) = scanned(&mut client, &ScanOptions::default());
    let line_items = &spreads.unwrap()[0];
    assert_eq!((line_items.table.to_string().as_str(), &line_items.evidence), ("line_items", &Evidence::Counted));
    let sql = "SELECT o.store_id::text, count(*)::float8 FROM line_items AS l JOIN orders AS o USING (order_id)
               WHERE o.store_id IS NOT NULL GROUP BY o.store_id ORDER BY count(*) DESC, o.store_id";
    let expected: Vec<(String, f64)> =
        client.query(sql, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(line_items.named, expected);
    assert_eq!((line_items.rows, line_items.keyless), (30_000.0, 600.0));
}

#[test]
fn a_scan_keeps_only_the_largest_by_name() {
    let database = shared().fresh_database();
    database.execute(SHOP).unwrap();
    let options = ScanOptions { most_named: 3, ..ScanOptions::default() };
    let (_, _, spreads) = scanned(&mut database.connect().unwrap(), &options);
    let stores = spreads.unwrap().pop().unwrap();
    assert_eq!((stores.named.len(), stores.rest_tenants, stores.rest_rows), (3, 497.0, 497.0));
}

#[test]
fn an_estimate_is_near_to_what_a_scan_counts() {
    let database = shared().fresh_database();
    // The n-th store has about 1/n of the orders of the first.
    database
        .execute(
            "CREATE TABLE stores (store_id bigint PRIMARY KEY);
             CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint NOT NULL REFERENCES stores);
             INSERT INTO stores SELECT i FROM generate_series(1, 2000) AS i;
             INSERT INTO orders SELECT row_number() OVER (), s FROM generate_series(1, 2000) AS s, generate_series(1, 20000 / s);
             ANALYZE;",
        )
        .unwrap();
    let (graph, rules, spreads) = scanned(&mut database.connect().unwrap(), &ScanOptions::default());
    let classification = Classification::new(&graph, &rules).unwrap();
    let shards = Shards::new(32).unwrap();
    let exact = Skew::new(&classification, &spreads.unwrap(), shards, 2);
    let estimate = Skew::new(&classification, &Spread::estimated(&classification), shards, 2);
    let off = |estimate: f64, exact: f64| (estimate - exact).abs() / exact;
    assert_eq!(estimate.largest[0].value, "1");
    assert!(off(estimate.largest[0].load.rows, exact.largest[0].load.rows) < 0.1, "{:?}", estimate.largest[0]);
    assert!(off(estimate.hottest_shard.unwrap(), exact.hottest_shard.unwrap()) < 0.1);
    assert!(off(estimate.hottest_node.unwrap(), exact.hottest_node.unwrap()) < 0.1);
    let all = estimate.shards.iter().zip(&exact.shards).map(|(one, other)| off(one.load.rows, other.load.rows));
    let mean = all.sum::<f64>() / 32.0;
    assert!(mean < 0.25, "{mean}");
}

/// A value of 4,000 bytes is in no list of common ones, and each row of it counts as a tenant of its own for `ANALYZE`.
#[test]
fn a_tenant_with_a_long_name_is_one() {
    let database = shared().fresh_database();
    database
        .execute(
            "CREATE TABLE stores (store_id text PRIMARY KEY);
             CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id text NOT NULL REFERENCES stores);
             INSERT INTO stores SELECT 'store ' || i FROM generate_series(1, 5) AS i UNION ALL SELECT string_agg(chr(65 + i % 26), '') FROM generate_series(1, 4000) AS i;
             INSERT INTO orders SELECT row_number() OVER (), store_id FROM stores, generate_series(1, 50);
             ANALYZE;",
        )
        .unwrap();
    let graph = SchemaGraph::new(Catalog::from_database(&mut database.connect().unwrap()).unwrap()).unwrap();
    let rules = Rules::new("stores.store_id".parse().unwrap());
    let classification = Classification::new(&graph, &rules).unwrap();
    let spreads = Spread::estimated(&classification);
    let skew = Skew::new(&classification, &spreads, Shards::new(32).unwrap(), 2);
    assert_eq!(skew.tenants, Some(6), "{spreads:?}");
    assert!((skew.shards.iter().map(|shard| shard.load.rows).sum::<f64>() - 306.0).abs() < 1.0, "{:?}", skew.shards);
}

#[test]
fn a_scan_ends_when_its_time_is_up() {
    let database = shared().fresh_database();
    database.execute(SHOP).unwrap();
    let options = ScanOptions { timeout: Duration::from_millis(1), ..ScanOptions::default() };
    let mut client = database.connect().unwrap();
    let (_, _, spreads) = scanned(&mut client, &options);
    assert!(matches!(spreads, Err(shardplan::Error::Database { .. })), "{spreads:?}");
    client.batch_execute("CREATE TABLE the_connection_is_as_before ()").unwrap();
}

#[test]
#[ignore = "needs a Citus cluster in SHARDPLAN_CITUS_URL"]
fn a_cluster_has_the_rows_where_a_scan_foresees_them() {
    let url = std::env::var("SHARDPLAN_CITUS_URL").expect("SHARDPLAN_CITUS_URL names a coordinator's database");
    let mut client = Client::connect(&url, NoTls).unwrap();
    client.batch_execute("DROP TABLE IF EXISTS line_items, orders, stores").unwrap();
    client.batch_execute(SHOP).unwrap();
    let (graph, rules, spreads) = scanned(&mut client, &ScanOptions::default());
    let classification = Classification::new(&graph, &rules).unwrap();
    let orders: Vec<Spread> =
        spreads.unwrap().into_iter().filter(|spread| spread.table.to_string() == "orders").collect();
    let foreseen = Skew::new(&classification, &orders, Shards::new(24).unwrap(), 2);
    client
        .batch_execute(
            "DROP TABLE line_items; ALTER TABLE orders DROP CONSTRAINT orders_store_id_fkey, DROP CONSTRAINT orders_pkey;
             DELETE FROM orders WHERE store_id IS NULL;
             SELECT create_distributed_table('orders', 'store_id', shard_count => 24, colocate_with => 'none')",
        )
        .unwrap();
    let sql = "SELECT r.result::float8, n.nodeport
               FROM run_command_on_shards('orders', 'SELECT count(*) FROM %s') AS r JOIN pg_dist_shard AS s USING (shardid)
               JOIN pg_dist_placement AS p USING (shardid) JOIN pg_dist_node AS n USING (groupid)
               ORDER BY s.shardminvalue::int4";
    let rows = client.query(sql, &[]).unwrap();
    let counted: Vec<f64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(foreseen.shards.iter().map(|shard| shard.load.rows).collect::<Vec<_>>(), counted);
    let mut ports: Vec<i32> = rows.iter().map(|row| row.get(1)).collect();
    ports.sort_unstable();
    ports.dedup();
    for (shard, row) in foreseen.shards.iter().zip(&rows) {
        assert_eq!(ports[shard.node as usize], row.get::<_, i32>(1), "shard {}", shard.shard);
    }
    client.batch_execute("ALTER TABLE orders ADD PRIMARY KEY (store_id, order_id)").unwrap();
    let largest = &foreseen.isolate[0];
    client.batch_execute(&largest.sql.replace("stores", "orders")).unwrap();
    let sql = "SELECT count(*) FROM run_command_on_shards('orders', 'SELECT count(DISTINCT store_id) FROM %s') WHERE result = '1'";
    assert_eq!(client.query_one(sql, &[]).unwrap().get::<_, i64>(0), 1, "{} has a shard of its own", largest.value);
    client.batch_execute("DROP TABLE orders, stores").unwrap();
}
