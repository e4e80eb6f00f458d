//! A catalog comes in, the same goes out without what plans make for themselves beside the tables of the application.

use super::Catalog;
use crate::name::{Name, TableName};

/// The schema of helpers.
const HELPERS: &str = "shardplan";
/// The tables and views that scripts make in it: any other there is somebody else's, and a plan must say so.
const HELPER_TABLES: [&str; 13] = [
    "backfill",
    "before",
    "built",
    "counters",
    "keyless",
    "keyless_minutes",
    "progress",
    "removed",
    "settings",
    "shadows",
    "truncated",
    "undecided",
    "watched",
];
/// How the names of the tables end in which the changes of live tables are noted.
const LOG: &str = "_log";
/// The schemas of what a run notes about itself, of the functions for lost actions, and of the trial that measures the copy rate.
const NOTES: [&str; 3] = ["shardplan_state", "shardplan_actions", "shardplan_copy_rate"];
/// How the schemas begin in which shadows grow, and to which the tables go that they have replaced.
pub(crate) const NEW: &str = "shardplan_new";
pub(crate) const OLD: &str = "shardplan_old";

impl Catalog {
    /// Whether a plan makes this schema for itself: it is none of the application's.
    #[must_use]
    pub fn is_own(schema: &Name) -> bool {
        let of_shadows = |start: &str| schema.as_str().strip_prefix(start).is_some_and(|rest| rest.starts_with('_'));
        schema == HELPERS || NOTES.contains(&schema.as_str()) || of_shadows(NEW) || of_shadows(OLD)
    }

    /// The catalog without what plans make for themselves: the tables and views that they are known to make, the rest of their
    /// schemas, and the foreign keys from and to their tables. Another table in the schema `shardplan` stays, because that is in
    /// the way of a plan, and so does what they put on the tables of the application (columns, triggers, indexes).
    #[must_use]
    pub fn without_own(mut self) -> Self {
        self.tables.retain(|table| !is_own_table(&table.name));
        self.foreign_keys.retain(|key| !is_own_table(&key.from) && !is_own_table(&key.to));
        self.sequences.retain(|sequence| !Self::is_own(&sequence.name.schema));
        self.types.retain(|of_them| !Self::is_own(&of_them.name.schema));
        self.views.retain(|view| !is_own_table(&view.name));
        self.functions.retain(|function| !Self::is_own(&function.name.schema));
        for publication in &mut self.publications {
            publication.tables.retain(|table| !is_own_table(table));
            publication.schemas.retain(|schema| !Self::is_own(schema));
        }
        self
    }
}

/// Whether a table or view is one that plans make for themselves.
pub(crate) fn is_own_table(table: &TableName) -> bool {
    let is_helper = || HELPER_TABLES.contains(&table.name.as_str()) || table.name.as_str().ends_with(LOG);
    Catalog::is_own(&table.schema) && (table.schema != HELPERS || is_helper())
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Name};

    /// Left out without a word, it would be planned by nobody.
    #[test]
    fn a_table_of_somebody_else_in_the_schema_of_helpers_stays() {
        let catalog = Catalog::from_ddl("CREATE SCHEMA shardplan; CREATE TABLE shardplan.sprints (id int);").catalog;
        assert_eq!(catalog.clone().without_own().tables, catalog.tables);
    }

    #[test]
    fn only_the_names_that_plans_give_are_their_own() {
        for own in
            ["shardplan", "shardplan_state", "shardplan_new_public", "shardplan_old_a_1f2e", "shardplan_copy_rate"]
        {
            assert!(Catalog::is_own(&Name::from(own)), "{own}");
        }
        for theirs in ["public", "shardplans", "shardplan_newest", "my_shardplan", "shardplan_new"] {
            assert!(!Catalog::is_own(&Name::from(theirs)), "{theirs}");
        }
    }

    #[test]
    fn what_is_in_an_own_schema_goes() {
        let theirs = "CREATE TABLE stores (store_id bigint PRIMARY KEY);";
        let own = "CREATE SCHEMA shardplan; CREATE TYPE shardplan.word AS ENUM ('a');
            CREATE TABLE shardplan.backfill (id bigserial PRIMARY KEY);
            CREATE VIEW shardplan.progress AS SELECT id FROM shardplan.backfill;
            CREATE FUNCTION shardplan.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE TABLE shardplan_new_public.stores (store_id bigint REFERENCES stores);
            CREATE TABLE shardplan.line_items_rows_log (store_id bigint);
            CREATE PUBLICATION all_of_it FOR TABLE stores, shardplan.backfill;";
        let catalog = Catalog::from_ddl(&format!("{theirs}{own}")).catalog.without_own();
        let expected = Catalog::from_ddl(&format!("{theirs} CREATE PUBLICATION all_of_it FOR TABLE stores;")).catalog;
        assert_eq!(catalog, expected);
        assert_eq!(catalog.fingerprint(), expected.fingerprint());
    }
}
