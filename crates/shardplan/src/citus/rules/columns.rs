//! Rules: columns, sequences and the distribution column itself.

use crate::citus::Profile;
use crate::finding::ChoiceIn::Tables;
use crate::finding::Effect::{Altered, Refused};
use crate::finding::Example::{Error, Fixture, Gate};
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Notice, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("generated-key", Blocker, Refused, Fixture("generated_columns"))
        .says("a generated column cannot be the distribution column")
        .advises("make it an ordinary column (ALTER COLUMN … DROP EXPRESSION) that the application writes")
        .prints("cannot distribute relation: …").state("0A000")
        .details("Distribution column must not use GENERATED ALWAYS AS (...) STORED."),
    FindingRule::new("identity-column", Warning, Refused, Fixture("removed"))
        .says("a table with an identity column cannot be undistributed, and Citus allows no change of the identity afterwards")
        .advises("take `keep_identity` out of the rules if you may want to go back: the plan then gives the column a sequence of its own just before the distribution")
        .prints("cannot complete operation on a table with identity column").state("0A000"),
    FindingRule::new("identity-not-bigint", Notice, Refused, Fixture("removed"))
        .says("an identity column of type integer or smallint takes rows through the coordinator only; Citus before 12.0 refuses the table")
        .advises("send INSERTs to the coordinator, or make the column a bigint before the distribution")
        .prints("nextval(sequence) calls in worker nodes are not supported for column defaults of type int or smallint")
        .weighs_until(Profile::Citus11_3, Blocker),
    FindingRule::new("identity-replaced", Notice, Refused, Fixture("generated_and_identity"))
        .says("an identity column becomes one with a default from a sequence that it owns, just before the distribution: a table with an identity cannot be undistributed, and Citus starts it again whenever it makes the table anew")
        .advises("look for INSERT … OVERRIDING USER VALUE, which takes the value that it was told to ignore; roles that may insert get USAGE on the sequence")
        .chooses(Tables, &["keep_identity = true"])
        .prints("cannot complete operation on a table with identity column").state("0A000"),
    FindingRule::new("key-nondeterministic", Blocker, Refused, Gate("KeyIsDeterministic"))
        .says("the collation of the distribution column takes different texts for equal (deterministic = false)")
        .advises("give the column a deterministic collation first, and say what is equal in a unique index over an expression such as lower()")
        .prints("Hash distributed partition columns may not use a non deterministic collation").state("0A000"),
    FindingRule::new("key-with-negative-scale", Blocker, Refused, Error("UnsuitableRoot"))
        .says("the distribution column is a numeric with a negative scale")
        .advises("choose another key, or give the column another type first")
        .prints("cannot distribute relation: …").state("0A000")
        .details("Distribution column must not use numeric type with negative scale"),
    FindingRule::new("key-without-hash", Blocker, Refused, Error("UnsuitableRoot"))
        .says("the distribution column is of a type that has no hash operator class (json, xml, point, money, bit, tsvector and the like)")
        .advises("choose another key")
        .prints("data type … has no default operator class for specified partition method").state("42704")
        .details("Partition column types must have a default operator class defined."),
    FindingRule::new("narrow-sequence", Notice, Refused, Fixture("sequences"))
        .says("a column of type integer or smallint that a sequence fills takes rows through the coordinator only")
        .advises("send INSERTs to the coordinator, or make the column a bigint before the distribution")
        .prints("nextval(sequence) calls in worker nodes are not supported for column defaults of type int or smallint"),
    FindingRule::new("row-type-column", Blocker, Refused, Fixture("row_type_columns"))
        .says("a column holds rows of a table that is not placed before its own")
        .advises("place that table too, or give the column a composite type of its own (CREATE TYPE … AS)")
        .prints("\"table …\" has dependency to \"table …\" that is not in Citus' metadata"),
    FindingRule::new("sequence-frozen", Notice, Refused, Fixture("sequences"))
        .says("a sequence that fills a column of a table of the cluster can be renamed and set, but not altered: no RESTART, AS, INCREMENT or other OWNED BY, for which Citus has another message")
        .advises("use setval; TRUNCATE … RESTART IDENTITY works")
        .prints("Altering a distributed sequence is currently not supported.").state("XX000"),
    FindingRule::new("sequence-type", Notice, Altered, Fixture("sequences"))
        .says("Citus gives a sequence the type of the column that it fills, and with it another last value")
        .advises("give the sequence the type of its column before (ALTER SEQUENCE … AS), and look how far it is from its end"),
    FindingRule::new("shared-sequence", Blocker, Refused, Fixture("sequences"))
        .says("one sequence must not be the default of columns of different types")
        .advises("give each column a sequence of its own, or the same type")
        .prints("The sequence … is already used for a different type in column … of the table …").state("XX000"),
];
