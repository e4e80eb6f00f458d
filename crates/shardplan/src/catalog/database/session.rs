//! One read-only snapshot of a server: queries in, rows out. Knows versions, settings and refusals, not what is read.

use std::str::FromStr;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{FromSql, ToSql, Type};
use postgres::{Client, IsolationLevel, Row, Transaction};

use super::schemas::{self, Schemas};
use super::version;
use crate::error::Error;
use crate::name::Name;

/// A query of the catalog door, and what to call what it reads.
pub(super) struct Query {
    /// What it reads, for messages: `foreign keys and other constraints`.
    pub(super) what: &'static str,
    /// Its text, with marks that [`version`] and [`Schemas`] replace.
    pub(super) sql: &'static str,
}

/// A value for `$1` and so on, with its type.
pub(super) type Parameter<'p> = (&'p (dyn ToSql + Sync), Type);

/// Object numbers as a parameter.
pub(super) fn ids(ids: &Vec<u32>) -> Parameter<'_> {
    (ids, Type::OID_ARRAY)
}

/// A transaction that sees one moment of the database and writes nothing.
pub(super) struct Session<'c> {
    transaction: Transaction<'c>,
    version: u32,
    role: Name,
    schemas: Schemas,
}

impl<'c> Session<'c> {
    /// Begins the transaction, unless the server is too old.
    pub(super) fn begin(client: &'c mut Client) -> Result<Self, Error> {
        let what = "the server's version";
        let failed = |source| Error::Database { what, source };
        let builder = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let mut transaction = builder.start().map_err(failed)?;
        let sql =
            "SELECT current_setting('server_version_num')::int4, current_setting('server_version'), current_user::text";
        let row = transaction.query_one(sql, &[]).map_err(failed)?;
        let no_schemas = Schemas::default();
        let mut fields = Fields::new(&row, what, &no_schemas);
        let version = fields.take::<i32>()?.unsigned_abs();
        let found: String = fields.take()?;
        if version::is_too_old(version) {
            return Err(Error::ServerTooOld { found, oldest: version::OLDEST });
        }
        let role: String = fields.take()?;
        transaction.batch_execute(include_str!("session.sql")).map_err(failed)?;
        let mut session = Self { transaction, version, role: Name::from(role), schemas: no_schemas };
        session.schemas = Schemas::new(session.read(&schemas::QUERY, &[], |mut row| Ok((row.take()?, row.name()?)))?);
        Ok(session)
    }

    /// The role that is connected.
    pub(super) fn role(&self) -> &Name {
        &self.role
    }

    /// `server_version_num`.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Runs a query and decodes each row as it arrives, while the server goes on with the next. With the types of its
    /// parameters the query takes one round trip, not three.
    pub(super) fn read<T>(
        &mut self,
        query: &Query,
        parameters: &[Parameter<'_>],
        mut decode: impl FnMut(Fields<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let sql = self.schemas.fill_in(&version::text(query.sql, self.version));
        let refused = |source| refused(&self.role, query.what, &sql, source);
        let parameters = parameters.iter().cloned();
        let mut rows = self.transaction.query_typed_raw(&sql, parameters).map_err(refused)?;
        let mut decoded = Vec::new();
        while let Some(row) = rows.next().map_err(refused)? {
            decoded.push(decode(Fields::new(&row, query.what, &self.schemas))?);
        }
        Ok(decoded)
    }

    /// Runs a query and takes each row to its place as it arrives.
    pub(super) fn each(
        &mut self,
        query: &Query,
        take: impl FnMut(Fields<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.read(query, &[], take).map(drop)
    }

    /// Ends the transaction.
    pub(super) fn end(self) -> Result<(), Error> {
        self.transaction.commit().map_err(|source| Error::Database { what: "the end of the transaction", source })
    }
}

/// The error of a query: with the GRANT, if that is what it wants.
fn refused(role: &Name, what: &'static str, sql: &str, source: postgres::Error) -> Error {
    if source.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        return Error::Database { what, source };
    }
    let catalogs = catalogs(sql).join(", ");
    let message = source.as_db_error().map_or_else(String::new, |error| format!(" ({})", error.message()));
    Error::NotPermitted {
        object: format!("{what}{message}"),
        grant: format!("GRANT SELECT ON {catalogs} TO {role}"),
        role: role.clone(),
    }
}

/// The system catalogs and views that a query reads, sorted.
fn catalogs(sql: &str) -> Vec<String> {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let mut found: Vec<String> = words
        .windows(2)
        .filter(|pair| matches!(pair[0], "FROM" | "JOIN") && pair[1].starts_with("pg_"))
        .map(|pair| format!("pg_catalog.{}", pair[1].trim_end_matches(')')))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The columns of one row, taken in the order in which the query names them.
pub(super) struct Fields<'r> {
    row: &'r Row,
    next: usize,
    what: &'static str,
    schemas: &'r Schemas,
}

impl<'r> Fields<'r> {
    fn new(row: &'r Row, what: &'static str, schemas: &'r Schemas) -> Self {
        Self { row, next: 0, what, schemas }
    }

    /// The next column.
    pub(super) fn take<T: FromSql<'r>>(&mut self) -> Result<T, Error> {
        let value = self.row.try_get(self.next).map_err(|source| Error::Database { what: self.what, source })?;
        self.next += 1;
        Ok(value)
    }

    /// The next column, or what NULL stands for there.
    pub(super) fn unless_null<T: FromSql<'r>>(&mut self, usual: T) -> Result<T, Error> {
        Ok(self.take::<Option<T>>()?.unwrap_or(usual))
    }

    /// The next column, where NULL stands for false.
    pub(super) fn flag(&mut self) -> Result<bool, Error> {
        self.unless_null(false)
    }

    /// The next column, an `int2vector` or `oidvector` in its text form: `1 2`.
    pub(super) fn vector<T: FromStr>(&mut self) -> Result<Vec<T>, Error> {
        let text: &str = self.take()?;
        let number = |word: &str| word.parse().map_err(|_| self.not_numbers(text));
        text.split_ascii_whitespace().map(number).collect()
    }

    fn not_numbers(&self, text: &str) -> Error {
        Error::UnknownCode { object: self.what.to_owned(), what: "list of numbers", code: text.to_owned() }
    }

    /// The next column as an expression, if it is not NULL: what `pg_get_expr` prints, without the line break that it
    /// puts before `CASE`, as a dump does not tell it from its own.
    pub(super) fn expression(&mut self) -> Result<Option<String>, Error> {
        Ok(self.take::<Option<&str>>()?.map(|text| text.trim().to_owned()))
    }

    /// The next column as a name.
    pub(super) fn name(&mut self) -> Result<Name, Error> {
        self.take::<&str>().map(Name::from)
    }

    /// The next column, the number of one of the user's schemas, as its name.
    pub(super) fn schema(&mut self) -> Result<Name, Error> {
        let id = self.take()?;
        self.schemas.name(id, self.what)
    }

    /// The next column as a name, if it is not NULL.
    pub(super) fn optional_name(&mut self) -> Result<Option<Name>, Error> {
        Ok(self.take::<Option<&str>>()?.map(Name::from))
    }

    /// The next column, an array, as names.
    pub(super) fn names(&mut self) -> Result<Vec<Name>, Error> {
        Ok(self.take::<Vec<&str>>()?.into_iter().map(Name::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::catalogs;

    #[test]
    fn the_catalogs_of_a_query_are_found() {
        let sql = "SELECT pg_get_expr(a, b) FROM pg_class AS c JOIN (SELECT 1 FROM pg_type) AS t JOIN pg_class AS d";
        assert_eq!(catalogs(sql), ["pg_catalog.pg_class", "pg_catalog.pg_type"]);
    }
}
