//! Rules: promises of uniqueness.

use crate::finding::ChoiceIn::Keys;
use crate::finding::Effect::{Altered, Lost, Refused};
use crate::finding::Example::{Fixture, Server};
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Notice, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("equal-partitioned-key", Blocker, Refused, Fixture("equal_keys"))
        .says("a unique index of a partitioned table says the same as its primary key: on the shards it takes the index of the partitions' primary keys")
        .advises("give it up: the primary key says the same")
        .chooses(Keys, &["drop = true"])
        .prints("multiple primary keys for table \"…\" are not allowed"),
    FindingRule::new("exclusion-without-key", Blocker, Refused, Fixture("exclusion"))
        .says("an exclusion constraint must compare the distribution column with `=`")
        .advises("recreate it with the distribution column `WITH =` before planning (this needs the extension btree_gist and blocks writers), or give it up")
        .chooses(Keys, &["drop = true"])
        .prints("cannot create constraint on \"…\"").state("0A000")
        .details("Distributed relations cannot have UNIQUE, EXCLUDE, or PRIMARY KEY constraints that do not include the partition column (with an equality operator if EXCLUDE)."),
    FindingRule::new("included-key", Notice, Altered, Fixture("included_key"))
        .says("the distribution column only rides along in a unique index (INCLUDE): Citus accepts that, and then each shard is unique by itself only")
        .advises("nothing: the plan makes it a part of the key"),
    FindingRule::new("invalid-index", Warning, Refused, Server("included_key"))
        .says("an invalid unique index would be built anew on the shards, and duplicates would stop the distribution")
        .advises("drop it, or rebuild it with REINDEX INDEX CONCURRENTLY, and plan again")
        .prints("duplicate key value violates unique constraint \"…\"").state("XX000"),
    FindingRule::new("key-given-up", Warning, Lost, Fixture("overrides"))
        .says("the rules give a unique or exclusion constraint up")
        .advises("the application must keep this promise from then on"),
    FindingRule::new("primary-key-per-key", Notice, Altered, Fixture("composite_key"))
        .says("a primary key whose values no sequence or function makes is afterwards unique per value of the distribution column")
        .advises("nothing changes if the application makes the values at random; if it takes them from elsewhere, decide whether two tenants may have the same"),
    FindingRule::new("uniqueness-per-key", Warning, Altered, Fixture("natural_unique"))
        .says("a value that was unique in the whole table may afterwards stand once per value of the distribution column")
        .advises("decide whether that is what you want (e-mail addresses, slugs, external ids); if not, keep a reference table of these values with the unique key"),
];
