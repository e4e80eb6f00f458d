//! Why the command ends without a result: an error comes in, its text with all causes and the exit code go out.

use std::error::Error as StdError;
use std::path::Path;

use shardplan::Error;

/// Wrong arguments, or an input that contradicts itself, the schema or the key.
pub(crate) const WRONG: u8 = 3;
/// A file or a server that cannot be read, or an output that cannot be written.
const UNREADABLE: u8 = 4;

/// What a connection string looks like.
const HOW_TO_CONNECT: &str =
    "; write it as for psql: `postgres://user@host:5432/database`, `host=… dbname=…` or `service=…`";

/// What to print and how to end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    /// An input that cannot be used.
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self { code: WRONG, message: message.into() }
    }

    /// Something that cannot be read or written.
    pub(crate) fn unreadable(what: &str, cause: &dyn StdError) -> Self {
        Self { code: UNREADABLE, message: format!("{what}: {}", chain(cause)) }
    }

    /// Says in which file it is.
    pub(crate) fn in_file(self, path: &Path) -> Self {
        Self { message: format!("`{}`: {}", path.display(), self.message), ..self }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match error {
            Error::Connect { .. }
            | Error::Database { .. }
            | Error::NotPermitted { .. }
            | Error::ServerTooOld { .. }
            | Error::UnknownCode { .. } => UNREADABLE,
            _ => WRONG,
        };
        let next = match error {
            Error::ConnectionString { .. } => HOW_TO_CONNECT,
            _ => "",
        };
        Self { code, message: format!("{}{next}", chain(&error)) }
    }
}

/// An error with its causes. One that repeats its cause itself, as the driver's do, does not say it twice.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.ends_with(&message) {
            text = format!("{text}: {message}");
        }
        cause = error.source();
    }
    text
}
