//! A small schema with three waves, for what is tried by hand: shops, their orders, the items of these and notes on the items.

use shardplan::postgres::Client;
use shardplan::{Classification, Plan, Rules, SchemaGraph};
use shardplan_testkit::{Database, psql, shared};

use crate::read;
use crate::run::{before, run};

const SCHEMA: &str = "
CREATE TABLE shops (shop_id bigint PRIMARY KEY);
CREATE TABLE orders (order_id bigint PRIMARY KEY, shop_id bigint REFERENCES shops);
CREATE TABLE items (
    item_id bigint PRIMARY KEY,
    order_id bigint REFERENCES orders ON UPDATE CASCADE,
    amount bigint
);
CREATE TABLE notes (note_id bigint PRIMARY KEY, item_id bigint REFERENCES items DEFERRABLE);
INSERT INTO shops SELECT generate_series(1, 3);
INSERT INTO orders SELECT i, 1 + i % 3 FROM generate_series(1, 30) i;
INSERT INTO items SELECT i, 1 + i % 30 FROM generate_series(1, 300) i;
INSERT INTO notes SELECT i, i FROM generate_series(1, 300) i;
";

/// The shop in a database of its own, and its plan.
pub(crate) struct Shop {
    pub(crate) database: Database<'static>,
    pub(crate) plan: Plan,
}

impl Shop {
    /// With the scripts before this one run.
    pub(crate) fn before(path: &str) -> Self {
        Self::with("", path)
    }

    /// The same, with other rows beside.
    pub(crate) fn with(sql: &str, path: &str) -> Self {
        let database = shared().fresh_database();
        psql(&database.url(), SCHEMA).unwrap();
        psql(&database.url(), sql).unwrap();
        let rules = Rules::new("shops.shop_id".parse().unwrap());
        let graph = SchemaGraph::new(read(&database.url())).unwrap();
        let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
        assert!(!plan.is_blocked(), "{:?}", plan.findings);
        let shop = Self { database, plan };
        shop.run(before(path)).unwrap();
        shop
    }

    /// Runs scripts; nobody waits a day before the hand-over.
    pub(crate) fn run(&self, paths: &[&str]) -> Result<(), String> {
        run(&format!("{}?options=-c%20shardplan.quiet%3D-1h", self.database.url()), &self.plan, paths)
    }

    pub(crate) fn psql(&self, sql: &str) -> String {
        psql(&self.database.url(), sql).unwrap_or_else(|failure| panic!("{sql}: {failure}"))
    }

    pub(crate) fn connect(&self) -> Client {
        self.database.connect().unwrap()
    }

    /// One value as text; `-` for NULL and for no row.
    pub(crate) fn ask(&self, query: &str) -> String {
        let query = format!("SELECT ({query})::text");
        let row = self.connect().query_one(&query, &[]).unwrap_or_else(|error| panic!("{query}: {error:?}"));
        row.get::<_, Option<String>>(0).unwrap_or_else(|| "-".to_owned())
    }

    /// The key of an item.
    pub(crate) fn item(&self, item: i64) -> String {
        self.ask(&format!("SELECT shop_id FROM items WHERE item_id = {item}"))
    }

    /// The key of a note.
    pub(crate) fn note(&self, note: i64) -> String {
        self.ask(&format!("SELECT shop_id FROM notes WHERE note_id = {note}"))
    }

    /// Ends whatever else runs in the database, so that a test that fails does not wait for it.
    pub(crate) fn give_up(&self) {
        self.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    }

    /// How many rows of a table have another key than what they reference.
    pub(crate) fn wrong(&self) -> String {
        self.ask(
            "SELECT (SELECT count(*) FROM items JOIN orders USING (order_id) WHERE items.shop_id IS DISTINCT FROM orders.shop_id)
                  + (SELECT count(*) FROM notes JOIN items USING (item_id) WHERE notes.shop_id IS DISTINCT FROM items.shop_id)",
        )
    }
}
