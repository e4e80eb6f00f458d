//! The second door: a live server's `pg_catalog` in, a catalog out. The only folder that names postgres.

use postgres::Client;

use super::Catalog;
use crate::error::Error;

/// Connects to a server.
///
/// # Errors
/// [`Error::Connect`].
pub fn connect(_url: &str) -> Result<Client, Error> {
    Err(Error::EmptyCatalog)
}

impl Catalog {
    /// Reads a live server.
    ///
    /// # Errors
    /// ...
    pub fn from_database(_client: &mut Client) -> Result<Self, Error> {
        Err(Error::EmptyCatalog)
    }
}
