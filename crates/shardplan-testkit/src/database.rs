//! One database of a throwaway server: SQL in through psql or the wire, a dump out.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use postgres::{Client, NoTls};

use crate::failure::Failure;
use crate::installation::Installation;
use crate::server::Server;

/// A database and the server that it lives on.
#[derive(Debug, Clone)]
pub struct Database<'s> {
    server: &'s Server,
    name: String,
}

impl<'s> Database<'s> {
    pub(crate) fn new(server: &'s Server, name: &str) -> Self {
        Self { server, name: name.to_owned() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL for the superuser `postgres`.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    /// Its URL for a role.
    pub fn url_as(&self, role: &str) -> String {
        self.server.url_as(role, &self.name)
    }

    /// A connection without TLS as the superuser `postgres`.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn connect(&self) -> Result<Client, Failure> {
        Client::connect(&self.url(), NoTls).map_err(Failure::because(format!("connecting to {}", self.name)))
    }

    /// Runs statements over the wire, without psql.
    ///
    /// # Errors
    /// What the server says.
    pub fn execute(&self, sql: &str) -> Result<(), Failure> {
        self.connect()?.batch_execute(sql).map_err(|error| {
            let message = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
            Failure::new(format!("{message}\nin: {sql}"))
        })
    }

    /// Drops it, for tests that make so many that they would fill the disk.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn discard(&self) {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        self.server
            .database("postgres")
            .execute(&statement)
            .expect("nothing keeps a database that nobody is connected to");
    }

    /// Runs a text through psql, which stops at the first error; what it printed comes back.
    ///
    /// # Errors
    /// What psql said.
    pub fn psql(&self, sql: &str) -> Result<String, Failure> {
        feed(client(self.server.program("psql")), &self.url(), sql)
    }

    /// Runs a file through psql, which stops at the first error.
    ///
    /// # Errors
    /// What psql said.
    pub fn load(&self, file: &Path) -> Result<String, Failure> {
        let sql = std::fs::read_to_string(file).map_err(Failure::because(format!("reading {}", file.display())))?;
        self.psql(&sql)
    }

    /// Its schema as `pg_dump` prints it, without owners and privileges.
    ///
    /// # Errors
    /// What `pg_dump` said.
    pub fn dump(&self) -> Result<String, Failure> {
        self.dump_with(&["-s"])
    }

    /// Its schema and its rows, the same way.
    ///
    /// # Errors
    /// What `pg_dump` said.
    pub fn dump_all(&self) -> Result<String, Failure> {
        self.dump_with(&[])
    }

    fn dump_with(&self, options: &[&str]) -> Result<String, Failure> {
        let mut command = client(self.server.program("pg_dump"));
        printed("pg_dump", command.args(options).args(["--no-owner", "--no-privileges", "-d", &self.url()]).output())
    }
}

/// Runs a text through the installed psql against any database, as [`Database::psql`] does against one of ours.
///
/// # Errors
/// What psql said.
pub fn psql(url: &str, sql: &str) -> Result<String, Failure> {
    feed(client(Command::new(Installation::installed()?.program("psql"))), url, sql)
}

fn client(mut command: Command) -> Command {
    command.env("PGCONNECT_TIMEOUT", "10").env("PGCLIENTENCODING", "UTF8");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn feed(mut psql: Command, url: &str, sql: &str) -> Result<String, Failure> {
    let mut child = psql
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d", url])
        .stdin(Stdio::piped())
        .spawn()
        .map_err(Failure::because("starting psql"))?;
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        // Beside the reading: psql stops to read when nobody takes what it prints. At an error it stops for good, and says why.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(sql.as_bytes())));
        printed("psql", child.wait_with_output())
    })
}

/// Standard output of a program that went well.
fn printed(program: &str, outcome: std::io::Result<Output>) -> Result<String, Failure> {
    let output = outcome.map_err(Failure::because(format!("running {program}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::new(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))))
}
