//! Spreads and loads of a shop whose statistics are written by hand.

use shardplan::{Catalog, Classification, ColumnStatistics, CommonValue, Rules, SchemaGraph, Statistics, TableName};

use super::*;

const SHOP: &str = "
    CREATE TABLE stores (store_id bigint PRIMARY KEY);
    CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);
    CREATE TABLE line_items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);
    CREATE TABLE countries (code text PRIMARY KEY);";

fn table<'c>(catalog: &'c mut Catalog, name: &str) -> &'c mut shardplan::Table {
    let name: TableName = name.parse().unwrap();
    catalog.tables.iter_mut().find(|table| table.name == name).unwrap()
}

fn sized(catalog: &mut Catalog, name: &str, rows: u64, bytes: u64) {
    table(catalog, name).statistics = Some(Statistics { rows: Some(rows), bytes: Some(bytes), writes: None });
}

/// 1,000 stores; of 100,000 orders store 42 has 40 % and store 7 has 10 %, and 5 % have none.
fn shop() -> Catalog {
    let mut catalog = Catalog::from_ddl(SHOP).catalog;
    sized(&mut catalog, "stores", 1_000, 100_000);
    sized(&mut catalog, "orders", 100_000, 10_000_000);
    sized(&mut catalog, "line_items", 300_000, 60_000_000);
    let common = [("42", 0.4), ("7", 0.1)].map(|(value, frequency)| CommonValue { value: value.to_owned(), frequency });
    let column = table(&mut catalog, "orders").columns.iter_mut().find(|column| column.name == "store_id").unwrap();
    column.statistics = Some(ColumnStatistics { null_fraction: 0.05, distinct: 902.0, common: common.to_vec() });
    catalog
}

fn skew_of(catalog: Catalog, shards: u32, nodes: u32) -> Skew {
    let graph = SchemaGraph::new(catalog).unwrap();
    let rules = Rules::new("stores.store_id".parse().unwrap());
    let classification = Classification::new(&graph, &rules).unwrap();
    Skew::new(&classification, &Spread::estimated(&classification), Shards::new(shards).unwrap(), nodes)
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= expected.abs() * 1e-4 + 1e-3, "{found}, not {expected}");
}

#[test]
fn statistics_say_what_is_known_and_what_is_assumed() {
    let skew = skew_of(shop(), 32, 2);
    assert_eq!(skew.tenants, Some(1_000));
    let evidence: Vec<(String, &Evidence)> =
        skew.tables.iter().map(|one| (one.table.to_string(), &one.evidence)).collect();
    assert_eq!(
        evidence,
        [
            ("line_items".to_owned(), &Evidence::As("orders".parse().unwrap())),
            ("orders".to_owned(), &Evidence::Statistics),
            ("stores".to_owned(), &Evidence::OnePerTenant),
        ]
    );
    let first = &skew.largest[0];
    assert_eq!(first.value, "42");
    near(first.load.rows, 40_000.0 + 120_000.0 + 1.0);
    near(first.load.known_rows, 160_000.0);
    near(first.load.bytes, 4_000_000.0 + 24_000_000.0 + 100.0);
    near(skew.tables[1].keyless, 5_000.0);
}

#[test]
fn shards_and_nodes_have_all_rows_that_have_a_tenant() {
    let skew = skew_of(shop(), 32, 3);
    let rows = |loads: &mut dyn Iterator<Item = Load>| loads.map(|load| load.rows).sum::<f64>();
    let all = 1_000.0 + 95_000.0 + 285_000.0;
    near(rows(&mut skew.shards.iter().map(|shard| shard.load)), all);
    near(rows(&mut skew.nodes.iter().map(|node| node.load)), all);
    assert_eq!(skew.nodes.iter().map(|node| node.shards).collect::<Vec<_>>(), [11, 11, 10]);
    let hash = KeyHash::new(&Catalog::default(), &"bigint".into()).unwrap().of("42").unwrap();
    let fullest = skew.shards.iter().max_by(|one, other| one.load.weight().total_cmp(&other.load.weight())).unwrap();
    assert_eq!(fullest.shard, Shards::new(32).unwrap().of(hash), "the largest tenant's shard is the fullest");
    assert!((fullest.first..=fullest.last).contains(&hash));
    assert_eq!(fullest.named, 1);
    near(
        skew.hottest_shard.unwrap(),
        fullest.load.weight() * 32.0 / skew.shards.iter().map(|one| one.load.weight()).sum::<f64>(),
    );
}

#[test]
fn a_tenant_with_more_than_an_average_shard_is_worth_its_own() {
    let skew = skew_of(shop(), 32, 2);
    let sql: Vec<&str> = skew.isolate.iter().map(|one| one.sql.as_str()).collect();
    assert_eq!(
        sql,
        [
            "SELECT isolate_tenant_to_new_shard('public.stores', '42'::bigint, 'CASCADE');",
            "SELECT isolate_tenant_to_new_shard('public.stores', '7'::bigint, 'CASCADE');",
        ]
    );
    assert_eq!(skew_of(shop(), 4, 2).isolate.len(), 1, "a tenth is less than one of four shards");
}

#[test]
fn the_advice_has_a_reason() {
    let advice = |catalog, nodes| skew_of(catalog, 32, nodes).advice;
    let found = advice(shop(), 2);
    assert_eq!(found.shard_count, 32);
    assert_eq!(
        found.reason,
        "the distributed tables take less than 100 GB; more would not help: the largest tenant alone has 42 % of all"
    );
    assert_eq!(advice(shop(), 5).shard_count, 35);
    let mut large = shop();
    sized(&mut large, "line_items", 300_000, 5_000_000_000_000);
    assert_eq!(advice(large, 2).shard_count, 128);
    let mut few = shop();
    sized(&mut few, "stores", 20, 1_000);
    table(&mut few, "orders").columns.iter_mut().for_each(|column| column.statistics = None);
    let found = advice(few, 2);
    assert_eq!(
        (found.shard_count, found.reason.as_str()),
        (16, "there are only 20 tenants, and a shard without a tenant is of no use")
    );
}

#[test]
fn there_are_no_more_tenants_than_the_root_has_rows() {
    let mut catalog = shop();
    sized(&mut catalog, "stores", 6, 100);
    // What `ANALYZE` makes of rows of one tenant whose name is too long for it.
    let column = table(&mut catalog, "orders").columns.iter_mut().find(|column| column.name == "store_id").unwrap();
    column.statistics.as_mut().unwrap().distinct = -0.4;
    let skew = skew_of(catalog, 32, 2);
    assert_eq!(skew.tenants, Some(6));
    let rows: f64 = skew.shards.iter().map(|shard| shard.load.rows).sum();
    near(rows, 6.0 + 95_000.0 + 285_000.0);
    let mut stale = shop();
    sized(&mut stale, "stores", 1, 100);
    assert_eq!(skew_of(stale, 32, 2).tenants, Some(3), "two that are known by name, and others");
}

#[test]
fn a_collation_of_the_users_own_is_noted() {
    let noted = |collation: &str| {
        let ddl = format!(
            "CREATE COLLATION public.folded (provider = icu, locale = 'und', deterministic = false);
            CREATE TABLE stores (name text COLLATE {collation} PRIMARY KEY);"
        );
        let graph = SchemaGraph::new(Catalog::from_ddl(&ddl).catalog).unwrap();
        let rules = Rules::new("stores.name".parse().unwrap());
        let classification = Classification::new(&graph, &rules).unwrap();
        let skew = Skew::new(&classification, &Spread::estimated(&classification), Shards::new(32).unwrap(), 2);
        skew.notes.iter().any(|note| note.contains("deterministic"))
    };
    assert_eq!([noted("public.folded"), noted("\"C\"")], [true, false]);
}

#[test]
fn without_statistics_nothing_is_claimed() {
    let skew = skew_of(Catalog::from_ddl(SHOP).catalog, 32, 2);
    assert_eq!((skew.hottest_shard, skew.tenants), (None, None));
    assert!(skew.notes.iter().any(|note| note.contains("never analyzed")), "{:?}", skew.notes);
    assert!(skew.to_svg().contains("nothing is known"));
}

#[test]
fn an_enum_has_tenants_but_no_shards() {
    let ddl = "CREATE TYPE region AS ENUM ('north', 'south'); CREATE TABLE regions (id region PRIMARY KEY);
               CREATE TABLE sales (id bigint PRIMARY KEY, region_id region REFERENCES regions);";
    let mut catalog = Catalog::from_ddl(ddl).catalog;
    sized(&mut catalog, "regions", 2, 100);
    let graph = SchemaGraph::new(catalog).unwrap();
    let rules = Rules::new("regions.id".parse().unwrap());
    let classification = Classification::new(&graph, &rules).unwrap();
    let skew = Skew::new(&classification, &Spread::estimated(&classification), Shards::new(32).unwrap(), 2);
    assert!(skew.shards.is_empty() && skew.nodes.is_empty());
    assert_eq!(skew.tenants, Some(2));
    assert!(skew.notes[0].contains("is an enum"), "{:?}", skew.notes);
}

#[test]
fn the_picture_has_a_bar_for_each_shard() {
    let svg = skew_of(shop(), 32, 2).to_svg();
    assert_eq!(svg.matches("class=\"known\"").count(), 32);
    assert_eq!(svg.matches("<text").count(), 3, "a title and two nodes");
    assert!(svg.contains("stores.store_id: 32 shards on 2 nodes; the fullest shard has 13."), "{svg}");
}
