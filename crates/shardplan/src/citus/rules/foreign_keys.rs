//! Rules: foreign keys.

use crate::finding::ChoiceIn::ForeignKeys;
use crate::finding::Effect::{Advice, Altered, Lost, Refused};
use crate::finding::Example::Fixture;
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Notice, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("deferred-foreign-key", Warning, Altered, Fixture("deferrable_keys"))
        .says("a violation of a deferred foreign key is found at COMMIT: it is reported without its SQLSTATE and names, and after an INSERT … SELECT that reads another node not at all (a WARNING, success, and the row is not there); SET CONSTRAINTS does not reach the shards")
        .advises("make the foreign key NOT DEFERRABLE or INITIALLY IMMEDIATE before planning where the application can do without; look for code that expects the SQLSTATE 23503 at COMMIT, or that sets constraints IMMEDIATE")
        .prints("could not commit transaction for shard … on at least one active node").state("XX000"),
    FindingRule::new("delete-unchecked", Notice, Lost, Fixture("reference_chain"))
        .says("between the placing of a referenced and of a referencing table, deletes in the referenced one are not checked")
        .advises("delete nothing there meanwhile; a row that lost its reference stops the distribution of the referencing table, with its key in the error"),
    FindingRule::new("foreign-key-across-keys", Blocker, Refused, Fixture("buyer_and_seller"))
        .says("a foreign key between distributed tables must pair their distribution columns")
        .advises("give it up, or make the referenced table a reference table")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("cannot create foreign key constraint").state("0A000")
        .details("Foreign keys are supported in two cases, either in between two colocated tables including partition column in the same ordinal in the both tables or from distributed to reference tables"),
    FindingRule::new("foreign-key-check", Notice, Refused, Fixture("varchar_key"))
        .says("a foreign key of a partitioned table is away while the table is distributed: attaching its partitions on the workers looks at all rows, by a query that Citus does not plan over a character varying or a domain")
        .advises("nothing; where it may not be unenforced for a moment, choose the strategy shadow or atomic")
        .prints("complex joins are only supported when all distributed tables are co-located and joined on their distribution columns").state("0A000"),
    FindingRule::new("foreign-key-given-up", Warning, Lost, Fixture("overrides"))
        .says("the rules give a foreign key up")
        .advises("the application must keep this promise from then on; before planning anew, say in the rules what it said of its table: nothing in the schema does any more"),
    FindingRule::new("foreign-key-suspended", Notice, Lost, Fixture("tailspin"))
        .says("a foreign key is not enforced for a part of the distribution")
        .advises("it comes back NOT VALID (enforced for new rows) and is validated in the foreign keys phase, which names the rows that broke it meanwhile"),
    FindingRule::new("foreign-key-to-distributed", Blocker, Refused, Fixture("deep_chain"))
        .says("reference and local tables cannot reference a distributed table")
        .advises("distribute the referencing table too, or give the foreign key up")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported").state("0A000")
        .details("Reference tables and local tables can only have foreign keys to reference tables and local tables"),
    FindingRule::new("foreign-key-to-local", Blocker, Refused, Fixture("refused_choices"))
        .says("a distributed or reference table cannot reference a local table")
        .advises("make the referenced table a reference table, or give the foreign key up")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("referenced table \"…\" must be a distributed table or a reference table").state("42P16")
        .details("To enforce foreign keys, the referencing and referenced rows need to be stored on the same node."),
    FindingRule::new("foreign-key-without-target", Blocker, Advice, Fixture("refused_choices"))
        .says("a foreign key references a key that is given up")
        .advises("keep the key, or give the foreign key up too")
        .chooses(ForeignKeys, &["drop = true"]),
    FindingRule::new("local-partitioned", Blocker, Refused, Fixture("refused_choices"))
        .says("a foreign key from a local to a reference table makes the local table, and all local tables that foreign keys connect to it, tables of the cluster, and Citus cannot do that with a partitioned table that has a check, or `$$` in the name of an index or a partition")
        .advises("give the foreign key up, drop the check (rename what has such a name), or leave the referenced table local too")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("child table is missing constraint \"…\"").state("42804"),
    FindingRule::new("local-to-reference", Warning, Altered, Fixture("reference_chain"))
        .says("a local table references a reference table: Citus takes it into its metadata when the key is added again")
        .advises("the conversion rewrites the local table and loses its comments, the grants on its views and the rows of its materialized views; give the foreign key up with `drop = true` to avoid it")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("local tables that are added to metadata automatically by citus, but not chained with reference tables via foreign keys might be automatically converted back to postgres tables"),
    FindingRule::new("match-full-split", Notice, Altered, Fixture("match_full"))
        .says("a foreign key with MATCH FULL over several columns becomes MATCH SIMPLE and a CHECK that they are all NULL or none")
        .advises("nothing: a row is refused as before, by the CHECK instead of by the foreign key"),
    FindingRule::new("not-valid-foreign-key", Warning, Refused, Fixture("not_valid_keys"))
        .says("Citus enforces NOT VALID foreign keys between distributed tables on every row that it copies")
        .advises("mend the rows and validate the constraint before the distribution")
        .prints("insert or update on table \"…\" violates foreign key constraint \"…\"").state("XX000"),
    FindingRule::new("on-delete-lost", Warning, Refused, Fixture("set_null_and_cascade"))
        .says("Citus refuses ON DELETE SET NULL and SET DEFAULT on a foreign key with the distribution column, also with a column list; without a decision it becomes NO ACTION")
        .advises("count the deletes that there were: with none, nothing changes; else let the application call the functions of `actions.sql`, which set the columns before they delete the row, or choose CASCADE, or give the foreign key up. A referenced table that is a reference table instead keeps the action: `class = \"reference\"` under [tables]")
        .chooses(ForeignKeys, &["on_delete = \"no action\"", "on_delete = \"cascade\"", "drop = true"])
        .prints("cannot create foreign key constraint").state("0A000")
        .details("SET NULL or SET DEFAULT is not supported in ON DELETE operation when distribution key is included in the foreign key constraint"),
    FindingRule::new("on-update-lost", Warning, Refused, Fixture("set_null_and_cascade"))
        .says("Citus refuses ON UPDATE CASCADE, SET NULL and SET DEFAULT on a foreign key with the distribution column; it becomes NO ACTION")
        .advises("count the updates that may have changed a key: with none, nothing changes; else let the application call the functions of `actions.sql`, which change both sides in one statement, or give the foreign key up: a change is refused afterwards, never silently wrong")
        .chooses(ForeignKeys, &["on_update = \"no action\"", "drop = true"])
        .prints("cannot create foreign key constraint").state("0A000")
        .details("SET NULL, SET DEFAULT or CASCADE is not supported in ON UPDATE operation when distribution key included in the foreign constraint."),
    FindingRule::new("on-update-with-key", Blocker, Refused, Fixture("refused_choices"))
        .says("Citus refuses ON UPDATE CASCADE, SET NULL and SET DEFAULT on a foreign key with the distribution column")
        .advises("leave `on_update` out of the rules, or set it to \"no action\" or \"restrict\"")
        .chooses(ForeignKeys, &["on_update = \"no action\"", "drop = true"])
        .prints("cannot create foreign key constraint").state("0A000")
        .details("SET NULL, SET DEFAULT or CASCADE is not supported in ON UPDATE operation when distribution key included in the foreign constraint."),
    FindingRule::new("partitioned-foreign-key", Warning, Refused, Fixture("partitioned_keys"))
        .says("a foreign key of a partitioned table cannot be added NOT VALID: adding it scans the table while writers wait")
        .advises("plan a window for it")
        .prints("cannot add NOT VALID foreign key on partitioned table \"…\" referencing relation \"…\"").state("42809")
        .details("This feature is not yet supported on partitioned tables."),
    FindingRule::new("set-default-from-sequence", Blocker, Refused, Fixture("sequences"))
        .says("SET DEFAULT on a column whose default comes from a sequence is refused")
        .advises("choose another action before planning, or give the foreign key up")
        .chooses(ForeignKeys, &["drop = true"])
        .prints("cannot create foreign key constraint since Citus does not support ON DELETE / UPDATE SET DEFAULT actions on the columns that default to sequences").state("XX000"),
    FindingRule::new("set-null-with-key", Blocker, Refused, Fixture("refused_choices"))
        .says("the rules ask for ON DELETE SET NULL or SET DEFAULT on a foreign key with the distribution column, which Citus refuses, also with a column list")
        .advises("choose another action: the application can set the columns to NULL in the transaction of the DELETE")
        .chooses(ForeignKeys, &["on_delete = \"no action\"", "on_delete = \"cascade\"", "drop = true"])
        .prints("cannot create foreign key constraint").state("0A000")
        .details("SET NULL or SET DEFAULT is not supported in ON DELETE operation when distribution key is included in the foreign key constraint"),
];
