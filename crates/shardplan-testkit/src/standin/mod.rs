//! A stand-in for a Citus cluster: a throwaway server comes in, databases go out in which Citus's functions, tables and refusals
//! are, written in SQL. It must not know what is tested with it.
//!
//! It says what Citus 13.2.2 says to the functions and statements of a distribution, and alters what that alters without a word.
//! It is one server with one copy of all rows, so it differs where that shows: rows of before do not stand beside those on the shards
//! (of them it knows that they are there, and a truncation that reaches a plain table empties it), queries are planned by
//! PostgreSQL, nothing is locked on other nodes, and nothing that comes over several connections is refused but one case. DDL is
//! looked at once it is done, so PostgreSQL's own errors come first, and several subcommands of one ALTER TABLE are let pass.
//! A partition that is to be distributed concurrently is refused, where Citus waits for ever.

use std::sync::OnceLock;

use crate::database::Database;
use crate::failure::Failure;
use crate::server::{Options, Server};

/// In the order in which they are installed.
const PARTS: [&str; 9] = [
    include_str!("metadata.sql"),
    include_str!("refusals.sql"),
    include_str!("tables.sql"),
    include_str!("foreign_keys.sql"),
    include_str!("remake.sql"),
    include_str!("placing.sql"),
    include_str!("local.sql"),
    include_str!("leaving.sql"),
    include_str!("statements.sql"),
];

/// The database that the others are copied from.
const TEMPLATE: &str = "standin";

/// A server whose databases look like those of a cluster's coordinator.
#[derive(Debug)]
pub struct Standin {
    server: Server,
}

impl Standin {
    /// Starts the installed server. It needs `dblink`, which comes with it.
    ///
    /// # Errors
    /// When it does not start, or refuses the stand-in.
    pub fn start() -> Result<Self, Failure> {
        let options = SETTINGS.iter().fold(Options::new(), |options, (name, value)| options.set(name, value));
        let server = options.start()?;
        let_citus_decode(&server.database("postgres"))?;
        let template = server.create_database(TEMPLATE)?;
        // Like Citus, it lives where nobody looks for tables of an application.
        template.execute(&format!("SET allow_system_table_mods = on; {}", PARTS.concat()))?;
        Ok(Self { server })
    }

    /// The server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A database with a name of its own, and nothing in it but the stand-in.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn fresh_database(&self) -> Database<'_> {
        self.copy(TEMPLATE)
    }

    /// A copy of a database that nobody is connected to.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn copy(&self, of: &str) -> Database<'_> {
        let name = self.server.fresh_name();
        let statement = format!("CREATE DATABASE {name} TEMPLATE {of}");
        self.server.database("postgres").execute(&statement).expect("a throwaway server makes databases");
        self.server.database(&name)
    }
}

/// What the functions need, and settings of Citus that scripts ask for.
const SETTINGS: [(&str, &str); 5] = [
    ("max_prepared_transactions", "20"),
    ("wal_level", "logical"),
    ("citus.enable_ddl_propagation", "on"),
    ("citus.max_shared_pool_size", "100"),
    ("citus.shard_replication_factor", "1"),
];

/// Newer servers let only some libraries decode changes, and the functions look whether Citus is one of them.
fn let_citus_decode(database: &Database<'_>) -> Result<(), Failure> {
    let query = "SELECT FROM pg_settings WHERE name = 'output_plugin_libraries'";
    let known = database.connect()?.query(query, &[]).map_err(Failure::because("looking for a setting"))?;
    if known.is_empty() {
        return Ok(());
    }
    database.execute("ALTER SYSTEM SET output_plugin_libraries TO pgoutput, test_decoding, citus")?;
    database.execute("SELECT pg_reload_conf()")
}

/// The one stand-in that all tests of a process share; each takes a [`Standin::fresh_database`] of its own.
///
/// # Panics
/// When no server can be started.
pub fn standin() -> &'static Standin {
    static SHARED: OnceLock<Standin> = OnceLock::new();
    SHARED.get_or_init(|| Standin::start().expect("tests need a PostgreSQL server with dblink"))
}
