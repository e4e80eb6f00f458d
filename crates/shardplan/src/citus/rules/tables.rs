//! Rules: what a table is or has that a distributed one cannot.

use crate::finding::ChoiceIn::{ForeignKeys, Policies, RewriteRules, Tables, Triggers};
use crate::finding::Effect::{Altered, Lost, Refused};
use crate::finding::Example::{Fixture, Server};
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Notice, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("circular-view", Blocker, Refused, Fixture("row_types"))
        .says("a view over a function that takes or returns the row type of a table makes the table depend on itself")
        .advises("drop the view or the function before the distribution; afterwards make the function with a list of columns (RETURNS TABLE) instead of the row type")
        .prints("Citus can not handle circular dependencies between distributed objects").state("0A000")
        .details("\"table …\" circularly depends itself, resolve circular dependency first"),
    FindingRule::new("extension-table", Blocker, Refused, Server("overrides"))
        .says("a table that an extension owns cannot be distributed")
        .advises("leave it local, or take it out of its extension (ALTER EXTENSION … DROP TABLE)")
        .prints("relation \"…\" does not exist").state("42P01"),
    FindingRule::new("forced-row-security", Warning, Refused, Fixture("row_security"))
        .says("a table with row security that is forced on its owner too can only be distributed by a role that bypasses it")
        .advises("run the distribution as a superuser or a role with BYPASSRLS, or take FORCE off meanwhile")
        .prints("COPY FROM not supported with row-level security").state("0A000"),
    FindingRule::new("foreign-or-temporary", Blocker, Refused, Fixture("foreign_tables"))
        .says("foreign and temporary tables cannot be distributed")
        .advises("copy it into an ordinary table first, or leave it local")
        .chooses(Tables, &["class = \"local\""])
        .prints("foreign tables cannot be distributed").state("XX000"),
    FindingRule::new("function-reads-table", Warning, Refused, Fixture("row_types"))
        .says("a check, a default or a generated column calls a function that reads a table, and on a worker a local or distributed table is not there to be read")
        .advises("make the table that it reads a reference table, or let the application check; the distribution stops at the first row otherwise")
        .prints("relation \"…\" does not exist").state("XX000"),
    FindingRule::new("inheritance", Blocker, Refused, Fixture("inheritance"))
        .says("tables that inherit, or are inherited from, cannot be distributed")
        .advises("turn the inheritance into partitions or into separate tables, or leave the table local")
        .chooses(Tables, &["class = \"local\""])
        .prints("… is not a regular, foreign or partitioned table").state("42809"),
    FindingRule::new("multi-level-partitions", Blocker, Refused, Fixture("partitions"))
        .says("Citus supports one level of partitions")
        .advises("flatten the partitions to one level (DETACH each partition of a partition, ATTACH it to the topmost table with both bounds where the key allows it), or leave the topmost table local: `class = \"local\"` under [tables]")
        .prints("distributing multi-level partitioned tables is not supported").state("0A000")
        .details("Relation \"…\" is partitioned table itself and it is also partition of relation \"…\"."),
    FindingRule::new("not-valid-check", Warning, Refused, Fixture("not_valid_keys"))
        .says("Citus enforces NOT VALID checks on every row that it copies")
        .advises("mend the rows and validate the constraint, or drop it, before the distribution")
        .prints("new row for relation \"…\" violates check constraint \"…\"").state("XX000"),
    FindingRule::new("partitioned-reference", Blocker, Refused, Fixture("refused_choices"))
        .says("a partitioned table cannot be a reference table")
        .advises("make it an ordinary table, or distribute it")
        .prints("distributing partitioned tables in only supported for hash-distributed tables").state("0A000"),
    FindingRule::new("policy-later", Notice, Refused, Fixture("row_security"))
        .says("on a table of the cluster no policy with a subquery can be made; ALTER POLICY says so in other words")
        .advises("write policies that are made later without a subquery, and none of them AS RESTRICTIVE: on the shards it would be permissive (rule policy-restrictive)")
        .prints("unexpected non-SELECT command in SubLink").state("XX000"),
    FindingRule::new("policy-restrictive", Blocker, Altered, Fixture("row_security"))
        .says("Citus makes a restrictive row security policy permissive on the workers and the shards, without a word: users see rows that it hides (measured: 20 of 20 instead of 9)")
        .advises("write its condition into every permissive policy of the table (`USING ((…) AND (…))`), and drop it or let the rules drop it")
        .chooses(Policies, &["drop = true"]),
    FindingRule::new("policy-setting", Warning, Altered, Fixture("row_security"))
        .says("a row security policy that reads a session setting lets no row through on the workers, without an error: SET does not reach them")
        .advises("set it with SET LOCAL in each transaction, with citus.propagate_set_commands = 'local'"),
    FindingRule::new("policy-subquery", Blocker, Refused, Fixture("row_security"))
        .says("a row security policy with a subquery cannot be distributed")
        .advises("write the policy without a subquery, for example with a setting or a column of the row, or let the rules drop it: without a permissive policy nobody but the owner sees a row, without a restrictive one everybody sees more")
        .chooses(Policies, &["drop = true"])
        .prints("cannot create policy").state("0A000")
        .details("Subqueries are not supported in policies on distributed tables"),
    FindingRule::new("publication", Warning, Lost, Fixture("publications"))
        .says("once a table is distributed, its publications on the coordinator receive nothing more, without an error")
        .advises("move its subscribers to another way of change capture before the distribution"),
    FindingRule::new("removed-object", Warning, Lost, Fixture("removed"))
        .says("the rules take a trigger, a rewrite rule or a policy away, just before the distribution")
        .advises("somebody else must do its work from then on; taking the hand-over back makes it again"),
    FindingRule::new("rewrite-rule", Blocker, Lost, Fixture("rules"))
        .says("a table with a rewrite rule can crash the server once it is distributed")
        .advises("let the application do its work, and the rules drop it just before the distribution")
        .chooses(RewriteRules, &["drop = true"]),
    FindingRule::new("row-type-function", Warning, Altered, Fixture("row_types"))
        .says("a function that takes the row type of a distributed table cannot be called with its rows: on the shard they are of the type of the shard")
        .advises("pass the columns that it needs, or the row as jsonb")
        .prints("function … does not exist").state("42883"),
    FindingRule::new("trigger", Blocker, Refused, Fixture("triggers"))
        .says("a table with triggers cannot be distributed, not even with disabled ones")
        .advises("let the application or a generated column do its work, and the rules drop it just before the distribution")
        .chooses(Triggers, &["drop = true"])
        .prints("cannot distribute relation \"…\" because it has triggers").state("XX000"),
    FindingRule::new("view-across-tables", Warning, Refused, Fixture("views"))
        .says("Citus refuses a query that joins distributed tables otherwise than on their distribution columns (and with sets or windows over them): a materialized view with such a query cannot be refreshed any more")
        .advises("judge the query (`shardplan queries` does): where it is refused, join on the distribution columns too, or drop the view before the distribution and make it again as a table that a job fills")
        .prints("complex joins are only supported when all distributed tables are co-located and joined on their distribution columns").state("0A000"),
    FindingRule::new("view-made-anew", Blocker, Refused, Fixture("refused_choices"))
        .says("Citus makes a materialized view anew when it takes a table that the view reads into its metadata, and refuses that where the view joins tables that are distributed by then otherwise than on their distribution columns (or has sets or windows over them)")
        .advises("drop the view before the distribution and make it again afterwards; or spare it: give up the foreign key from the local to the reference table (`drop = true`), or choose a strategy other than the one that distributes the table while the application writes")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("complex joins are only supported when all distributed tables are co-located and joined on their distribution columns").state("0A000"),
    FindingRule::new("view-written", Warning, Refused, Fixture("views"))
        .says("once a table is distributed or a reference table, no statement can write to it through a view")
        .advises("look for INSERT, UPDATE and DELETE on these views, and let them name the table")
        .prints("cannot modify views when the query contains citus tables").state("0A000"),
];
