//! Throwaway PostgreSQL servers for tests and benchmarks: nothing comes in but an installation, a running server goes out.
//!
//! A server lives in its own temporary folder, listens on a free port of 127.0.0.1 and on a socket in that folder, and is
//! gone when its [`Server`] is dropped or its process ends, however it ends. It must not know what is tested with it.
//!
//! ```no_run
//! let database = shardplan_testkit::shared().fresh_database();
//! database.psql("CREATE TABLE orders (id bigint PRIMARY KEY)").unwrap();
//! assert!(database.dump().unwrap().contains("CREATE TABLE public.orders"));
//! ```

mod account;
mod database;
mod failure;
mod installation;
mod server;
mod standin;

pub use database::{Database, psql};
pub use failure::Failure;
pub use installation::{Installation, VERSIONS, versions};
pub use server::{Options, Server, shared};
pub use standin::{Standin, standin};
