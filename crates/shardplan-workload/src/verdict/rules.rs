//! The table of rules about statements: an id comes in, what it says and what Citus prints goes out. Knows no statement.
//!
//! What Citus prints is what Citus 13.2.2 with PostgreSQL 15.20 printed when it was measured; `…` stands for what differs from
//! case to case. The tests have examples for each; with a cluster at hand they try them there.

use shardplan::Profile;

use super::Verdict;
use Verdict::{Changes, Parallel, Refused, SingleShard, Unknown};

/// A rule: what is so for every statement that it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatementRule {
    /// Its stable id, in kebab case.
    pub id: &'static str,
    /// What a statement is by it.
    pub verdict: Verdict,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// What Citus prints; `…` stands for names and other parts that differ.
    pub message: Option<&'static str>,
    /// What it prints in other cases of the same rule.
    pub also: &'static [&'static str],
    /// The SQLSTATE of the message.
    pub sqlstate: Option<&'static str>,
    /// What to do; empty where nothing is to be done.
    pub advice: &'static str,
    /// The last release for which it holds; `None` for all.
    pub until: Option<Profile>,
}

impl StatementRule {
    const fn new(id: &'static str, verdict: Verdict, summary: &'static str) -> Self {
        Self { id, verdict, summary, message: None, also: &[], sqlstate: None, advice: "", until: None }
    }

    const fn prints(self, sqlstate: &'static str, message: &'static str) -> Self {
        Self { message: Some(message), sqlstate: Some(sqlstate), ..self }
    }

    const fn or(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn advises(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    /// The rule of that id.
    pub(super) fn of(id: &'static str) -> &'static Self {
        let found = RULES.binary_search_by(|rule| rule.id.cmp(id));
        found.map(|at| &RULES[at]).expect("a check names a rule of the table, and the tests try each")
    }

    /// Whether it holds for a target.
    #[must_use]
    pub fn holds_on(&self, target: Profile) -> bool {
        self.until.is_none_or(|until| target.release() <= until.release())
    }
}

/// Every rule, by id.
pub fn statement_rules() -> impl Iterator<Item = &'static StatementRule> {
    RULES.iter()
}

const BY_KEY: &str = "add the distribution column to the join";
const COMPLEX: &str = "complex joins are only supported when all distributed tables are co-located and joined on their distribution columns";

/// Sorted by id.
#[rustfmt::skip]
const RULES: &[StatementRule] = &[
    StatementRule::new("add-column-with-check", Refused, "a column is added together with a check")
        .prints("0A000", "cannot execute ADD COLUMN command with PRIMARY KEY, UNIQUE, FOREIGN and CHECK constraints")
        .advises("add the column, then the constraint"),
    StatementRule::new("add-column-with-sequence", Refused, "a column is added together with a sequence")
        .prints("0A000", "cannot execute ADD COLUMN commands involving serial pseudotypes when metadata is synchronized to workers")
        .or(&["cannot execute ADD COLUMN commands involving identity columns when metadata is synchronized to workers", "cannot add a column involving DEFAULT nextval('..') because the table is not empty"])
        .advises("add the column as bigint, then set its default to nextval() of a sequence"),
    StatementRule::new("all-shards", Parallel, "nothing binds the distribution column: every shard is asked")
        .advises("add the distribution column to the condition where the application knows it"),
    StatementRule::new("alter-key", Refused, "the distribution column gets another type, goes, or takes NULL")
        .prints("XX000", "cannot execute ALTER TABLE command involving partition column")
        .advises("alter it before the tables are distributed"),
    StatementRule::new("alter-unsupported", Refused, "a part of ALTER TABLE that Citus does not take")
        .prints("0A000", "alter table command is currently unsupported")
        .advises("alter the table before it is distributed"),
    StatementRule::new("alter-with-constraint", Refused, "ALTER TABLE adds a constraint together with something else")
        .prints("0A000", "cannot execute ADD CONSTRAINT command with other subcommands")
        .advises("one statement for each"),
    StatementRule::new("bound-key", SingleShard, "one value of the distribution column binds all distributed tables"),
    StatementRule::new("by-ctid", Refused, "rows are chosen by their place, which means nothing across shards")
        .prints("0A000", "cannot perform distributed planning for the given modification")
        .advises("choose the rows by their primary key"),
    StatementRule::new("by-cursor", Refused, "a row is chosen by where a cursor stands")
        .prints("0A000", "cannot run DML queries with cursors")
        .advises("choose the row by its primary key"),
    StatementRule::new("command", Parallel, "a command that Citus runs on all shards"),
    StatementRule::new("conflict-function", Refused, "ON CONFLICT of a distributed table calls a function that is not immutable")
        .prints("0A000", "functions used in the DO UPDATE SET clause of INSERTs on distributed tables must be marked IMMUTABLE")
        .or(&["functions used in the WHERE clause of the ON CONFLICT clause of INSERTs on distributed tables must be marked IMMUTABLE"])
        .advises("give the value as a column of the INSERT and set it from EXCLUDED"),
    StatementRule::new("conflict-target", Changes, "the key that ON CONFLICT names gains the distribution column")
        .prints("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
        .advises("add the distribution column to the conflict target"),
    StatementRule::new("cross-join", Refused, "distributed tables are joined without any condition")
        .prints("0A000", "cannot perform distributed planning on this query")
        .advises(BY_KEY),
    StatementRule::new("detach-concurrently", Refused, "a partition is detached without a lock")
        .prints("XX000", "ALTER TABLE .. DETACH PARTITION .. CONCURRENTLY commands are currently unsupported.")
        .advises("detach it without CONCURRENTLY"),
    StatementRule::new("foreign-key-action", Refused, "a foreign key with the distribution column acts on its own columns")
        .prints("0A000", "cannot create foreign key constraint")
        .advises("leave the action out, and let the application do it in the same transaction"),
    StatementRule::new("foreign-key-from-reference", Refused, "a foreign key leads from a reference table to a distributed one")
        .prints("0A000", "cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported")
        .advises("distribute the table, or leave the foreign key out"),
    StatementRule::new("foreign-key-to-local", Refused, "a foreign key leads from a distributed table to a local one")
        .prints("42P16", "referenced table … must be a distributed table or a reference table")
        .advises("make the local table a reference table"),
    StatementRule::new("foreign-key-without-key", Refused, "a foreign key between distributed tables does not pair their distribution columns")
        .prints("0A000", "cannot create foreign key constraint")
        .advises("add the distribution column to both sides, at the same place"),
    StatementRule::new("function-outside", Refused, "a subquery over a distributed table refers to a function that stands alone in FROM")
        .prints("0A000", "correlated subqueries are not supported when the FROM clause contains a set returning function")
        .advises("join instead"),
    StatementRule::new("grouping-sets", Refused, "GROUPING SETS, ROLLUP or CUBE over more than one shard")
        .prints("0A000", "could not run distributed query with GROUPING SETS, CUBE, or ROLLUP")
        .advises("bind the distribution column, or group what a subquery has gathered"),
    StatementRule::new("inherits", Refused, "a table inherits from a distributed one")
        .prints("XX000", "non-distributed tables cannot inherit distributed tables")
        .advises("make a table of its own, or a partition"),
    StatementRule::new("insert-without-key", Changes, "an INSERT gives the distribution column no value")
        .prints("22004", "cannot perform an INSERT without a partition column value")
        .or(&["cannot perform an INSERT with NULL in the partition column", "the partition column of table … cannot be NULL", "the partition column of table … should have a value"])
        .advises("add the distribution column and its value"),
    StatementRule::new("join-by-expression", Refused, "distributed tables meet by something else than the equality of their distribution columns")
        .prints("0A000", "complex joins are only supported when all distributed tables are joined on their distribution columns with equal operator")
        .advises(BY_KEY),
    StatementRule::new("join-not-by-key", Refused, "an outer join, a subquery that refers outside, UPDATE FROM or DELETE USING does not join distributed tables by their distribution columns")
        .prints("0A000", COMPLEX)
        .advises(BY_KEY),
    StatementRule::new("join-repartitioned", Refused, "distributed tables are joined by other columns than their distribution columns")
        .prints("XX000", "the query contains a join that requires repartitioning")
        .advises("add the distribution column to the join; citus.enable_repartition_joins lets it run, by sending rows between the nodes"),
    StatementRule::new("lateral-limit", Refused, "a lateral subquery with LIMIT refers to a reference table")
        .prints("0A000", "cannot push down this subquery")
        .advises("bind the distribution column, or ask once per row"),
    StatementRule::new("local-in-subquery", Refused, "a subquery that refers outside connects a distributed and a local table")
        .prints("0A000", "direct joins between distributed and local tables are not supported")
        .or(&["relation … is not distributed", COMPLEX])
        .advises("make the local table a reference table, or read one of them first, in a WITH query"),
    StatementRule::new("lookup-by-old-key", Changes, "rows are looked up by a key that is unique only together with the distribution column now: all shards are asked, and more than one row may answer to a value")
        .advises("add the distribution column to the condition"),
    StatementRule::new("merge-from-local", Refused, "MERGE into a distributed table from a local one")
        .prints("XX000", "MERGE INTO an distributed table from Postgres table is not yet supported")
        .advises("make the source a reference or a distributed table, or use INSERT … ON CONFLICT"),
    StatementRule::new("merge-from-values", Refused, "MERGE into a distributed table from rows of no table")
        .prints("XX000", "To MERGE into a distributed table, source must be Citus table(s)")
        .advises("use INSERT … ON CONFLICT"),
    StatementRule::new("merge-function", Refused, "the INSERT of a MERGE calls a function that is not immutable")
        .prints("XX000", "non-IMMUTABLE functions are not yet supported in MERGE sql with distributed tables")
        .advises("compute the value in the source"),
    StatementRule::new("merge-insert-without-key", Changes, "the INSERT of a MERGE gives the distribution column no value")
        .prints("XX000", "MERGE INSERT must have distribution column as value")
        .advises("add the distribution column and its value"),
    StatementRule::new("merge-into-local", Refused, "MERGE into a local table from a distributed one")
        .prints("XX000", "MERGE involving repartition of rows is supported only if the target is distributed")
        .advises("use INSERT … ON CONFLICT"),
    StatementRule::new("merge-into-reference", Refused, "MERGE into a reference table")
        .prints("0A000", "Reference table as target is not allowed in MERGE command")
        .advises("use INSERT … ON CONFLICT"),
    StatementRule::new("merge-key", Refused, "MERGE sets the distribution column")
        .prints("0A000", "updating the distribution column is not allowed in MERGE actions")
        .advises("leave the column out; a row goes to another tenant by DELETE and INSERT"),
    StatementRule::new("merge-without-key", Refused, "MERGE does not join by the distribution column of its target")
        .prints("XX000", "The required join operation is missing between the target's distribution column and any expression originating from the source. …")
        .advises("add the equality of the distribution column to ON"),
    StatementRule::new("no-distributed-table", SingleShard, "it touches no distributed table"),
    StatementRule::new("not-measured", Unknown, "nobody has measured what Citus makes of it")
        .advises("try it on a cluster"),
    StatementRule::new("one-row", SingleShard, "the rows of the INSERT go to one shard"),
    StatementRule::new("page-by-old-key", Changes, "a page of rows begins after a key that is unique only together with the distribution column now: rows with the same value may fall between two pages")
        .advises("add the distribution column to the condition, or to the order and to where the page begins"),
    StatementRule::new("policy-subquery", Refused, "a policy of a distributed or a reference table has a subquery")
        .prints("0A000", "cannot create policy")
        .or(&["unexpected non-SELECT command in SubLink"])
        .advises("write the condition without a query, as with a column that says it, or with a function"),
    StatementRule::new("query-in-having", Refused, "a subquery in HAVING refers outside, over more than one shard")
        .prints("0A000", "Subqueries in HAVING cannot refer to outer query")
        .advises("bind the distribution column, or compare with what a WITH query has gathered"),
    StatementRule::new("query-in-values", Refused, "VALUES of an INSERT has a query")
        .prints("0A000", "subqueries are not supported within INSERT queries")
        .advises("write INSERT … SELECT"),
    StatementRule::new("recursive-query", Refused, "WITH RECURSIVE over more than one shard")
        .prints("0A000", "recursive CTEs are only supported when they contain a filter on the distribution column")
        .advises("bind the distribution column in both arms"),
    StatementRule::new("reference-by-distributed", Refused, "a reference table is changed by what is read from a distributed one")
        .prints("0A000", "cannot perform select on a distributed table and modify a reference table")
        .advises("read first, then write"),
    StatementRule::new("reference-joined", Refused, "a reference table is changed by a join with a distributed one")
        .prints("0A000", "only reference tables may be queried when targeting a reference table with multi shard UPDATE/DELETE queries with multiple tables …")
        .advises("write the join as a subquery, or read first and write then"),
    StatementRule::new("reference-outside", Refused, "a subquery over a distributed table refers to a reference table that stands alone in FROM")
        .prints("0A000", "correlated subqueries are not supported when the FROM clause contains a reference table")
        .advises("bind the distribution column, or join instead"),
    StatementRule::new("rename-constraint", Refused, "a constraint gets another name")
        .prints("0A000", "renaming constraints belonging to distributed tables is currently unsupported")
        .advises("drop it and add it anew"),
    StatementRule::new("row-lock", Refused, "rows of more than one shard are locked")
        .prints("0A000", "could not run distributed query with FOR UPDATE/SHARE commands")
        .advises("bind the distribution column"),
    StatementRule::new("same-value", SingleShard, "several parameters bind the distributed tables: one shard if they are equal, as they are where one constant was replaced by each; if they are not, a join is refused")
        .advises("give the value once, and say in the join that the distribution columns are equal"),
    StatementRule::new("search-by-old-key", Changes, "rows are sought by a range, in order or by a part of a key whose index begins with the distribution column now: each shard is read as a whole")
        .advises("add the distribution column to the condition, or make an index that begins with the column"),
    StatementRule::new("several-rows", Parallel, "the rows of the INSERT go to several shards"),
    StatementRule::new("several-values", Parallel, "the distribution column is one of several values: their shards are asked"),
    StatementRule::new("stable-in-case", Refused, "UPDATE or DELETE calls what is not immutable within CASE or COALESCE, where columns say for which rows")
        .prints("0A000", "non-IMMUTABLE functions are not allowed in CASE or COALESCE statements")
        .advises("compute the value in the application"),
    StatementRule::new("stable-write", Refused, "UPDATE or DELETE calls a stable function, or an operator or cast that depends on the time zone, with a column")
        .prints("0A000", "STABLE functions used in UPDATE queries cannot be called with column references")
        .advises("compute the value in the application"),
    StatementRule::new("trigger", Refused, "a trigger is made, dropped or switched")
        .prints("XX000", "triggers are not supported on distributed tables")
        .or(&["triggers are not supported on reference tables"])
        .advises("citus.enable_unsafe_triggers lets it be on each shard"),
    StatementRule::new("unique-index-without-key", Refused, "a unique index leaves the distribution column out")
        .prints("0A000", "creating unique indexes on non-partition columns is currently unsupported")
        .advises("add the distribution column"),
    StatementRule::new("unique-without-key", Refused, "a constraint keeps rows apart without the distribution column")
        .prints("0A000", "cannot create constraint on …")
        .advises("add the distribution column"),
    StatementRule::new("update-key", Refused, "the distribution column is set to something else than itself")
        .prints("0A000", "modifying the partition value of rows is not allowed")
        .advises("leave the column out; a row goes to another tenant by DELETE and INSERT"),
    StatementRule::new("volatile-write", Refused, "UPDATE, DELETE or MERGE calls a volatile function")
        .prints("0A000", "functions used in UPDATE queries on distributed tables must not be VOLATILE")
        .or(&["functions used in the WHERE/ON/WHEN clause of modification queries on distributed tables must not be VOLATILE"])
        .advises("compute the value in the application"),
];
