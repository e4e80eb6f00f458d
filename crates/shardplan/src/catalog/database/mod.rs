//! The second door: a live server's `pg_catalog` in, a catalog out. The only folder that names postgres.
//!
//! Each `.sql` file is one query, whatever the size of the schema, and its rows are decoded by the function next to it. All
//! run in one read-only snapshot ([`session`]); what was read meets in one place, by object number ([`draft`]).

mod codes;
mod column_statistics;
mod columns;
mod comments;
mod connect;
mod connection_string;
mod constraints;
mod draft;
mod index_definitions;
mod indexes;
mod inheritance;
mod objects;
mod oid;
mod passfile;
mod permissions;
mod relations;
mod schemas;
mod session;
mod sizes;
mod surroundings;
mod text;
mod tls;
mod triggers;
mod version;
mod views;

pub use connect::{connect, split_password};

use postgres::Client;

use self::comments::Comments;
use self::session::Session;
use super::Catalog;
use crate::error::Error;

impl Catalog {
    /// Reads the catalog of a live server, PostgreSQL 11 or later, in one `REPEATABLE READ, READ ONLY` transaction.
    ///
    /// The role needs no superuser rights; it needs `SELECT` on the tables, because the server shows their column
    /// statistics only to those who may read them. Left out are the schemas of PostgreSQL and of Citus, and the functions,
    /// types, sequences and views of extensions (their tables are there, marked).
    ///
    /// # Errors
    /// - [`Error::ServerTooOld`] before PostgreSQL 11.
    /// - [`Error::NotPermitted`] with the `GRANT`, when the role may not read what a plan needs.
    /// - [`Error::Database`] when a query fails, also when a table stays locked for more than five seconds.
    /// - [`Error::UnknownCode`] and [`Error::Dangling`] when the server says what this version does not understand.
    pub fn from_database(client: &mut Client) -> Result<Self, Error> {
        let mut session = Session::begin(client)?;
        let relations = relations::read(&mut session)?;
        permissions::check(&session, &relations)?;
        let (mut draft, pending) = relations::place(relations);
        let parents = inheritance::read(&mut session, &mut draft, pending.bounds)?;
        columns::read(&mut session, &mut draft)?;
        column_statistics::read(&mut session, &mut draft)?;
        let comments = Comments::read(&mut session)?;
        comments.place(&mut draft);
        let owners = constraints::read(&mut session, &mut draft, &comments)?;
        let index_sizes = indexes::read(&mut session, &mut draft, &comments, &owners.of_indexes)?;
        sizes::read(&mut session, &mut draft, pending.sizes, &index_sizes)?;
        inheritance::sum_up(&mut draft, &parents);
        triggers::read(&mut session, &mut draft, &owners.of_triggers)?;
        views::read(&mut session, &mut draft)?;
        objects::read(&mut session, &mut draft)?;
        session.end()?;
        let mut catalog = draft.catalog;
        catalog.sort();
        Ok(catalog)
    }
}
