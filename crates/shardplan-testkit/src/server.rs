//! A throwaway server: settings in, a running server out, which is gone when it is dropped or its process ends.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::account::Account;
use crate::database::Database;
use crate::failure::Failure;
use crate::installation::Installation;

/// Fast rather than safe, and room for `pg_dump` of ten thousand tables.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("shared_buffers", "64MB"),
    ("max_connections", "50"),
    ("max_locks_per_transaction", "2048"),
    ("max_wal_size", "4GB"),
    ("listen_addresses", "127.0.0.1"),
];

/// The port is chosen before the server takes it, so somebody else may get there first.
const ATTEMPTS: u32 = 3;

/// Which server to start, and how.
#[derive(Debug, Clone, Default)]
pub struct Options {
    version: Option<u32>,
    settings: Vec<(String, String)>,
    files: Vec<(String, String)>,
}

impl Options {
    /// The installed server with the settings of every throwaway server.
    pub fn new() -> Self {
        Self::default()
    }

    /// A server of this major version instead of the installed one.
    #[must_use]
    pub fn version(mut self, major: u32) -> Self {
        self.version = Some(major);
        self
    }

    /// One more line of `postgresql.conf`.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Libraries to load at start, separated by commas: `pg_cron`.
    #[must_use]
    pub fn preload(self, libraries: &str) -> Self {
        self.set("shared_preload_libraries", libraries)
    }

    /// A file that the server finds as `../name` from its data folder, for settings that name files. Only the server's
    /// account can read it.
    #[must_use]
    pub fn file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.to_owned(), content.to_owned()));
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it is not installed or does not start; the message has the server's log.
    pub fn start(&self) -> Result<Server, Failure> {
        let installation = self.version.map_or_else(Installation::installed, Installation::of_version)?;
        let mut last = Failure::new("no attempt was made");
        for _ in 0..ATTEMPTS {
            match Server::launch(&installation, self) {
                Ok(server) => return Ok(server),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// The lines for `postgresql.conf`.
    fn lines(&self, dir: &Path, port: u16) -> String {
        let own = [("port", port.to_string()), ("unix_socket_directories", dir.display().to_string())];
        let mut text = String::new();
        let common = SETTINGS.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let given = self.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        for (name, value) in common.chain(own).chain(given) {
            let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
        }
        text
    }
}

/// A running server. Stopped, and its folder removed, on drop; also when the process panics or is killed.
#[derive(Debug)]
pub struct Server {
    dir: PathBuf,
    port: u16,
    installation: Installation,
    supervisor: Child,
    databases: AtomicU32,
}

impl Server {
    /// Starts the installed server.
    ///
    /// # Errors
    /// As [`Options::start`].
    pub fn start() -> Result<Self, Failure> {
        Options::new().start()
    }

    /// Starts a server of this major version, as `scripts/fetch-servers` fetched it.
    ///
    /// # Errors
    /// As [`Options::start`].
    pub fn start_version(major: u32) -> Result<Self, Failure> {
        Options::new().version(major).start()
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its Unix socket.
    pub fn socket_dir(&self) -> &Path {
        &self.dir
    }

    /// The URL of one of its databases, for the superuser `postgres`.
    pub fn url(&self, database: &str) -> String {
        self.url_as("postgres", database)
    }

    /// The URL of one of its databases for a role. Names must be plain.
    pub fn url_as(&self, role: &str, database: &str) -> String {
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }

    /// Creates an empty database. The name must be plain.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn create_database(&self, name: &str) -> Result<Database<'_>, Failure> {
        self.database("postgres").execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))?;
        Ok(self.database(name))
    }

    /// An empty database with a name of its own.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn fresh_database(&self) -> Database<'_> {
        self.create_database(&self.fresh_name()).expect("a throwaway server makes databases")
    }

    /// A name that no database of the server has.
    pub fn fresh_name(&self) -> String {
        format!("fresh{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// One of its databases, by name.
    pub fn database(&self, name: &str) -> Database<'_> {
        Database::new(self, name)
    }

    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.installation.program(name))
    }

    fn launch(installation: &Installation, options: &Options) -> Result<Self, Failure> {
        let account = Account::for_server()?;
        let port = free_port()?;
        let dir = new_folder(account)?;
        write(&dir, "settings", &options.lines(&dir, port), account)?;
        for (name, content) in &options.files {
            write(&dir, name, content, account)?;
        }
        let mut supervisor = supervise(&dir, installation, account)?;
        let answer = first_line(&mut supervisor);
        let server = Self { dir, port, installation: installation.clone(), supervisor, databases: AtomicU32::new(0) };
        if answer == "ready" {
            return Ok(server);
        }
        let log = fs::read_to_string(server.dir.join("log")).unwrap_or_default();
        Err(Failure::new(format!("PostgreSQL did not start ({}):\n{log}", installation.program("postgres").display())))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        // Nothing can be done about a failure here, and the supervisor works on without us.
        let _ = self.supervisor.wait();
    }
}

/// The one server that all tests of a process share; each takes a [`Server::fresh_database`] of its own.
///
/// # Panics
/// When no server can be started.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| Server::start().expect("tests need a PostgreSQL server"))
}

fn supervise(dir: &Path, installation: &Installation, account: Option<Account>) -> Result<Child, Failure> {
    let mut command = Command::new("sh");
    command.args(["-c", include_str!("supervise.sh"), "supervise"]).arg(dir);
    command.arg(installation.program("initdb")).arg(installation.program("pg_ctl"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Of its own group, so that an interrupt from the keyboard leaves it the time to clean up.
    command.current_dir("/").process_group(0);
    if let Some(account) = account {
        account.run(&mut command);
    }
    command.spawn().map_err(Failure::because("starting the supervisor of a server"))
}

/// What the supervisor says first; nothing when it ends without a word.
fn first_line(supervisor: &mut Child) -> String {
    let mut line = String::new();
    if let Some(stdout) = supervisor.stdout.take() {
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    line.trim().to_owned()
}

fn free_port() -> Result<u16, Failure> {
    let port = || TcpListener::bind(("127.0.0.1", 0))?.local_addr().map(|address| address.port());
    port().map_err(Failure::because::<std::io::Error>("looking for a free port"))
}

/// A new folder, short enough for a socket's path (107 bytes), that belongs to the server's account.
fn new_folder(account: Option<Account>) -> Result<PathBuf, Failure> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("shardplan-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let dir = std::env::temp_dir().join(name);
    fs::create_dir(&dir).map_err(Failure::because(format!("creating {}", dir.display())))?;
    if let Some(account) = account {
        account.own(&dir)?;
    }
    Ok(dir)
}

fn write(dir: &Path, name: &str, content: &str, account: Option<Account>) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join(name);
    let tried = format!("writing {}", path.display());
    fs::write(&path, content).map_err(Failure::because(&tried))?;
    // A private key must not be readable by others, or the server refuses it.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(Failure::because(&tried))?;
    account.map_or(Ok(()), |account| account.own(&path))
}
