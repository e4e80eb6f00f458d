//! The schemas that are read: rows of `pg_namespace` in, their names by number and a list for the other queries out.

use std::collections::BTreeMap;

use super::session::Query;
use crate::error::Error;
use crate::name::Name;

/// Its rows are a number and a name.
pub(super) const QUERY: Query = Query { what: "schemas", sql: include_str!("schemas.sql") };

/// Stands for the numbers of the schemas in the queries.
const MARK: &str = "{user_schemas}";

/// The user's schemas.
#[derive(Default)]
pub(super) struct Schemas {
    names: BTreeMap<u32, Name>,
}

impl Schemas {
    pub(super) fn new(names: impl IntoIterator<Item = (u32, Name)>) -> Self {
        Self { names: names.into_iter().collect() }
    }

    /// Writes the numbers into a query. As constants they tell the server's planner how many rows to expect.
    pub(super) fn fill_in(&self, sql: &str) -> String {
        let ids: Vec<String> = self.names.keys().map(ToString::to_string).collect();
        sql.replace(MARK, &format!("'{{{}}}'::oid[]", ids.join(",")))
    }

    /// The name of a schema that a row of `what` refers to.
    pub(super) fn name(&self, id: u32, what: &'static str) -> Result<Name, Error> {
        let missing = || Error::Dangling { object: what.to_owned(), missing: format!("the schema with the oid {id}") };
        self.names.get(&id).cloned().ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::{MARK, Schemas};

    #[test]
    fn numbers_become_an_array_also_when_there_are_none() {
        let two = Schemas::new([(2200, "public".into()), (16_384, "sales".into())]);
        assert_eq!(two.fill_in(MARK), "'{2200,16384}'::oid[]");
        assert_eq!(Schemas::default().fill_in(MARK), "'{}'::oid[]");
    }

    #[test]
    fn a_schema_that_is_not_there_is_an_error() {
        assert!(Schemas::default().name(1, "tables").is_err());
    }
}
