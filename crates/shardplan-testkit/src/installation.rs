//! Where PostgreSQL's programs are: environment and file system in, the folder of a version's programs out.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;

/// The major versions that shardplan is tested on.
pub const VERSIONS: [u32; 6] = [11, 13, 15, 16, 17, 18];

/// An installed PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    bin: PathBuf,
}

impl Installation {
    /// The machine's own: `$SHARDPLAN_PG_BIN`, else what `pg_config` names, else the newest in `/usr/lib/postgresql`.
    ///
    /// # Errors
    /// When no server is installed.
    pub fn installed() -> Result<Self, Failure> {
        let given = env::var_os("SHARDPLAN_PG_BIN").map(PathBuf::from);
        given.into_iter().chain(configured()).chain(packaged()).find_map(Self::at).ok_or_else(|| {
            Failure::new("no PostgreSQL server found; install the package `postgresql`, or set SHARDPLAN_PG_BIN")
        })
    }

    /// The one that `scripts/fetch-servers` fetched for this major version, in `$SHARDPLAN_SERVERS` or `target/servers`.
    ///
    /// # Errors
    /// When it was not fetched.
    pub fn of_version(major: u32) -> Result<Self, Failure> {
        let bin = fetched().join(major.to_string()).join("bin");
        let advice = format!("no PostgreSQL {major} in {}; run scripts/fetch-servers", bin.display());
        Self::at(bin).ok_or_else(|| Failure::new(advice))
    }

    /// The path of one of its programs. Fetched servers come without clients: those are the machine's own.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        let own = self.bin.join(name);
        if own.exists() {
            return own;
        }
        Self::installed().map_or_else(|_| PathBuf::from(name), |installed| installed.bin.join(name))
    }

    fn at(bin: PathBuf) -> Option<Self> {
        bin.join("initdb").exists().then_some(Self { bin })
    }
}

/// The versions that tests run on: all of [`VERSIONS`] if `SHARDPLAN_ALL_VERSIONS` is 1, else those that were fetched.
///
/// # Errors
/// When all are asked for and one is missing.
pub fn versions() -> Result<Vec<u32>, Failure> {
    let all = env::var("SHARDPLAN_ALL_VERSIONS").is_ok_and(|value| value == "1");
    let found = VERSIONS.into_iter().map(|major| Installation::of_version(major).map(|_| major));
    if all { found.collect() } else { Ok(found.flatten().collect()) }
}

fn fetched() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = env::var_os("SHARDPLAN_SERVERS").map_or_else(|| PathBuf::from("target/servers"), PathBuf::from);
    let path = workspace.join(folder);
    path.canonicalize().unwrap_or(path)
}

fn configured() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(text.trim()))
}

/// The folders of Debian's packages, newest first.
fn packaged() -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    found.sort();
    found.into_iter().rev().map(|(_, bin)| bin).collect()
}
