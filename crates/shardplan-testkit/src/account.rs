//! The system account that a server runs as: PostgreSQL refuses to run as root, so root gives way to another account.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// An account to change to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account for a server: `None` when ours will do, else `postgres` or `nobody`.
    pub(crate) fn for_server() -> Result<Option<Self>, Failure> {
        if id(&["-u"])? != 0 {
            return Ok(None);
        }
        let account = ["postgres", "nobody"].into_iter().find_map(|name| {
            let (uid, gid) = (id(&["-u", name]).ok()?, id(&["-g", name]).ok()?);
            Some(Self { uid, gid })
        });
        account.map(Some).ok_or_else(|| Failure::new("root cannot run PostgreSQL, and there is no account `postgres`"))
    }

    pub(crate) fn own(self, path: &Path) -> Result<(), Failure> {
        let tried = format!("changing the owner of {}", path.display());
        chown(path, Some(self.uid), Some(self.gid)).map_err(Failure::because(tried))
    }

    pub(crate) fn run(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

/// What `id` answers, a number.
fn id(arguments: &[&str]) -> Result<u32, Failure> {
    let output = Command::new("id").args(arguments).output().map_err(Failure::because("running id"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(Failure::because(format!("id {arguments:?}")))
}
