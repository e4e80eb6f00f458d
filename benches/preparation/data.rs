//! Tailspin at any size: a scale comes in, a server with a database to copy goes out.

use std::time::Instant;

use shardplan_testkit::{Database, Options, Server};

use crate::Failure;

const SCHEMA: &str = include_str!("../../fixtures/tailspin/schema.sql");
const ROWS: &str = include_str!("rows.sql");

/// The distribution key.
pub const KEY: &str = "stores.store_id";

/// A server of its own with the settings of every throwaway server (`fsync` and `synchronous_commit` off), except that it has
/// memory for the tables, WAL for a run without a checkpoint in between, and autovacuum as a server in use has it.
pub fn server() -> Result<Server, Failure> {
    let options = Options::new().set("shared_buffers", "1GB").set("max_wal_size", "16GB").set("autovacuum", "on");
    // A concurrent index and a validation read a table once; the application's own statements need little.
    Ok(options.set("maintenance_work_mem", "256MB").set("checkpoint_timeout", "30min").start()?)
}

/// Rows per table at the start.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub stores: i64,
    pub products: i64,
    pub orders: i64,
    pub line_items: i64,
}

impl Sizes {
    /// The documents' volumes times the scale.
    pub fn of_scale(scale: f64) -> Self {
        let times = |rows: i64, least: i64| ((rows as f64 * scale) as i64).max(least);
        let stores = times(442, 8);
        Self {
            stores,
            products: times(10_002, 4 * stores),
            orders: times(1_999_680, 40 * stores),
            line_items: times(4_002_959, 80 * stores),
        }
    }

    /// The store of an order or a product, as `rows.sql` has it.
    pub fn store_of(&self, order: i64) -> i64 {
        1 + order % self.stores
    }

    /// The order of a line item.
    pub fn order_of_line_item(&self, line_item: i64) -> i64 {
        1 + line_item % self.orders
    }

    /// Some order of a store: each number up to [`Sizes::orders_per_store`] is another one.
    pub fn order_of_store(&self, store: i64, number: i64) -> i64 {
        nth_of_store(self.stores, store, number)
    }

    /// Some product of a store.
    pub fn product_of_store(&self, store: i64, number: i64) -> i64 {
        nth_of_store(self.stores, store, number)
    }

    pub fn orders_per_store(&self) -> i64 {
        self.orders / self.stores - 1
    }

    pub fn products_per_store(&self) -> i64 {
        self.products / self.stores - 1
    }
}

/// Orders and products go round the stores: the row `id` belongs to store `1 + id % stores`.
fn nth_of_store(stores: i64, store: i64, number: i64) -> i64 {
    let first = if store == 1 { stores } else { store - 1 };
    first + stores * number
}

/// The loaded database, from which every procedure gets a copy.
pub struct Template<'s> {
    pub server: &'s Server,
    pub sizes: Sizes,
}

impl<'s> Template<'s> {
    const NAME: &'static str = "tailspin";

    /// Loads the rows, once.
    pub fn load(server: &'s Server, sizes: Sizes) -> Result<Self, Failure> {
        let start = Instant::now();
        let database = server.create_database(Self::NAME)?;
        database.psql(SCHEMA)?;
        let Sizes { stores, products, orders, line_items } = sizes;
        database.psql(&format!(
            "\\set stores {stores}\n\\set products {products}\n\\set orders {orders}\n\\set line_items {line_items}\n{ROWS}"
        ))?;
        let took = start.elapsed().as_secs_f64();
        println!(
            "{stores} stores, {products} products, {orders} orders, {line_items} line items loaded in {took:.1} s"
        );
        Ok(Self { server, sizes })
    }

    /// A copy that nobody has used, with nothing left to write to disk.
    pub fn copy(&self, name: &str) -> Result<Database<'s>, Failure> {
        let mut client = self.server.database("postgres").connect()?;
        let version: String = client.query_one("SHOW server_version_num", &[])?.get(0);
        // Copying files spares the WAL; until PostgreSQL 14 it is the only way.
        let strategy = if version.parse::<u32>()? >= 150_000 { " STRATEGY FILE_COPY" } else { "" };
        client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {}{strategy}", Self::NAME))?;
        client.batch_execute("CHECKPOINT")?;
        Ok(self.server.database(name))
    }

    /// Removes a copy.
    pub fn discard(&self, copy: &Database<'_>) -> Result<(), Failure> {
        Ok(self.server.database("postgres").execute(&format!("DROP DATABASE {} WITH (FORCE)", copy.name()))?)
    }
}
