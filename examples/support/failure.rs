//! Why an example ends without a plan: an error comes in, its text with all causes and the exit code go out.

use std::error::Error as StdError;

use shardplan::Error;

/// Wrong arguments, or an input that contradicts itself, the schema or the key.
const WRONG: u8 = 3;
/// A file or a server that cannot be read, or an output that cannot be written.
const UNREADABLE: u8 = 4;

/// What to print and how to end.
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What went wrong, with the causes.
    pub message: String,
}

impl Failure {
    /// An input that cannot be used.
    pub fn wrong(message: impl Into<String>) -> Self {
        Self { code: WRONG, message: message.into() }
    }

    /// Wrong arguments.
    pub fn usage(problem: &str) -> Self {
        Self::wrong(format!("{problem}; try --help"))
    }

    /// Something that cannot be read or written.
    pub fn unreadable(what: &str, cause: &dyn StdError) -> Self {
        Self { code: UNREADABLE, message: format!("{what}: {}", chain(cause)) }
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
        Self { code, message: chain(&error) }
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
