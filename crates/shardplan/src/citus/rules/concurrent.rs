//! Rules: what the concurrent function refuses or loses.

use crate::finding::Effect::{Advice, Lost, Refused};
use crate::finding::Example::Fixture;
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("blocking-instead", Warning, Advice, Fixture("views"))
        .says("a large table is distributed with its writers blocked, because the concurrent function would lose something")
        .advises("plan a window for this table, or remove what stands against it and plan again, or, with the strategy `combined`, force `method = \"concurrent\"`"),
    FindingRule::new("concurrent-drops", Blocker, Lost, Fixture("forced_concurrent"))
        .says("create_distributed_table_concurrently drops, with the old copy of the rows, what uses the table's row type or is written in SQL as BEGIN ATOMIC over it: functions, and columns of other tables with all that is in them")
        .advises("use `method = \"blocking\"`, which keeps them, or drop the functions and make them anew afterwards"),
    FindingRule::new("concurrent-loses", Warning, Lost, Fixture("forced_concurrent"))
        .says("create_distributed_table_concurrently, forced by the rules, loses something of this table that cannot be put back")
        .advises("use `method = \"blocking\"`, or live without it"),
    FindingRule::new("concurrent-misplaces", Blocker, Lost, Fixture("forced_concurrent"))
        .says("create_distributed_table_concurrently puts rows on wrong shards when a stored generated column stands before the distribution column")
        .advises("use `method = \"blocking\"`: create_distributed_table places them right; counts and checksums over the whole table would not show it"),
    FindingRule::new("concurrent-partitioned", Blocker, Refused, Fixture("forced_concurrent"))
        .says("create_distributed_table_concurrently refuses a partitioned table with a check, or with `$$` in the name of an index or a partition: it makes it a local table of the cluster first, and cannot attach the partitions")
        .advises("use `method = \"blocking\"`, or drop the check (rename what has such a name), and add it again as NOT VALID afterwards")
        .prints("child table is missing constraint \"…\"").state("42804"),
    FindingRule::new("concurrent-refreshes", Warning, Lost, Fixture("forced_concurrent"))
        .says("before create_distributed_table_concurrently Citus empties the materialized views over the table, and they are filled again while its readers and writers wait")
        .advises("use `method = \"blocking\"` if filling the view takes longer than copying the table, or drop the view and make it anew afterwards"),
    FindingRule::new("concurrent-unidentified", Warning, Refused, Fixture("forced_concurrent"))
        .says("while create_distributed_table_concurrently runs, every UPDATE and DELETE fails on a table without a replica identity; a deferrable primary key is none")
        .advises("give the table REPLICA IDENTITY FULL or USING INDEX meanwhile, or use `method = \"blocking\"`")
        .prints("cannot update table \"…\" because it does not have a replica identity and publishes updates").state("55000"),
    FindingRule::new("concurrent-unlogged", Blocker, Refused, Fixture("forced_concurrent"))
        .says("create_distributed_table_concurrently refuses an unlogged table half-way")
        .advises("use `method = \"blocking\"`, or ALTER TABLE … SET LOGGED first")
        .prints("cannot add relation \"…\" to publication").state("22023")
        .details("This operation is not supported for unlogged tables."),
    FindingRule::new("concurrent-without-partitions", Blocker, Refused, Fixture("forced_concurrent"))
        .says("create_distributed_table_concurrently fails on a partitioned table without partitions")
        .advises("use `method = \"blocking\"`: there is nothing to copy")
        .prints("Could not find publication matching a split"),
];
