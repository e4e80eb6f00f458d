//! Where the database is: a connection string comes in, what psql needs of it goes out, the password apart.

use std::process::Command;

use crate::failure::Failure;

/// A database as psql is told of it. The password goes through the environment, because everybody can read a command line.
pub(crate) struct Server {
    /// The connection string without the password.
    target: String,
    password: Option<String>,
}

impl Server {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        let (target, password) = shardplan::split_password(url)?;
        Ok(Self { target, password })
    }

    /// Adds the database to a command line of psql.
    pub(super) fn tell(&self, psql: &mut Command) {
        psql.args(["-d", &self.target]).env("PGAPPNAME", "shardplan").env("PGCONNECT_TIMEOUT", "10");
        if let Some(password) = &self.password {
            psql.env("PGPASSWORD", password);
        }
    }
}
