//! The rules that the classification can find something by, and how their findings are written. Knows no graph.

use crate::finding::{Choice, Effect, Example, Finding, FindingRule, Probe, Severity};
use crate::name::{Name, TableName};

/// A rule about which Citus says nothing, with the fixture that has it.
const fn rule(
    id: &'static str,
    severity: Severity,
    fixture: &'static str,
    summary: &'static str,
    advice: &'static str,
) -> FindingRule {
    FindingRule::new(id, severity, Effect::Advice, Example::Fixture(fixture)).says(summary).advises(advice)
}

pub(super) const KEY_TYPE_DIFFERS: FindingRule =
    FindingRule::new("key-type-differs", Severity::Blocker, Effect::Refused, Example::Fixture("text_key_collation"))
        .says("the distribution column has another type or collation than the root's, so Citus cannot colocate the two")
        .advises("give both columns the same type and collation first")
        .prints("cannot colocate tables … and …")
        .details("Distribution column types don't match for … and ….")
        .state("XX000");
pub(super) const KEY_TYPE_UNIFIED: FindingRule = rule(
    "key-type-unified",
    Severity::Warning,
    "mixed_int_key",
    "the distribution column has a narrower integer type than the root's, and a column of the root's type takes its place",
    "it becomes the last column of the table: change statements that insert or select without a list of columns, and clients that read \
     it as the narrower type; prepared statements are planned again by themselves",
);
pub(super) const PATH_TOO_LONG: FindingRule = rule(
    "path-too-long",
    Severity::Blocker,
    "deep_chain",
    "a table reaches the distribution key only over more foreign keys than the search follows",
    "raise `max_hops`, or name the column or the class of the table in the override file",
);
pub(super) const BUSY_REFERENCE: FindingRule =
    FindingRule::new("busy-reference", Severity::Warning, Effect::Advice, Example::Server("reference_chain"))
        .says("a reference table is written often, and each write goes to every node")
        .advises("distribute the table, or drop the foreign keys to it and leave it local");
pub(super) const DOUBTFUL_PATH: FindingRule = rule(
    "doubtful-path",
    Severity::Warning,
    "nullable_path",
    "the path from which the key is derived can end at a NULL or at an orphan, and such rows would get no key",
    "count such rows, then give them a key or delete them before the column becomes NOT NULL",
);
pub(super) const LARGE_REFERENCE: FindingRule = rule(
    "large-reference",
    Severity::Warning,
    "bounds",
    "a reference table is large, and every node gets a full copy",
    "distribute the table, or accept the copies",
);
pub(super) const NULLABLE_KEY: FindingRule =
    FindingRule::new("nullable-key", Severity::Warning, Effect::Refused, Example::Fixture("no_primary_key"))
        .says("the distribution column may hold NULL, which Citus refuses")
        .advises("count such rows, then give them a key or delete them, and set the column NOT NULL")
        .prints("the partition column of table … cannot be NULL")
        .state("22004");
pub(super) const PATHS_MAY_DISAGREE: FindingRule = rule(
    "paths-may-disagree",
    Severity::Warning,
    "two_paths",
    "two ways from a row to the distribution key may give different keys, and then the row refers to one on another node",
    "count such rows and decide which way is right",
);
pub(super) const SEVERAL_KEY_COLUMNS: FindingRule = rule(
    "several-key-columns",
    Severity::Warning,
    "buyer_and_seller",
    "several columns of a table lead to the distribution key, and only one can be the distribution column",
    "choose by which column the rows belong together",
);
pub(super) const STAYS_LOCAL: FindingRule = rule(
    "stays-local",
    Severity::Warning,
    "foreign_tables",
    "a table is connected to distributed tables but of a kind that is left on the coordinator",
    "check the queries that join it, or replace it by an ordinary table",
);
pub(super) const SKIPPED_STATEMENT: FindingRule = rule(
    "skipped-statement",
    Severity::Warning,
    "remade",
    "a part of the SQL text says something about the schema and was not read, so the plan knows nothing of it",
    "look at it: if the tables of the plan depend on it, load the text into a server and plan with `--url`",
);
pub(super) const ASSUMED_KEY: FindingRule = rule(
    "assumed-key",
    Severity::Notice,
    "same_column",
    "a column is taken for the distribution key by its name alone, which is an assumption",
    "count its values that the root does not have; if it is something else, override the class of the table",
);
pub(super) const COLUMN_NAME_TAKEN: FindingRule = rule(
    "column-name-taken",
    Severity::Notice,
    "taken_names",
    "the table has a column of the key's name that is not the key, so the added column gets another name",
    "if the existing column is the key, name it in the override file",
);
pub(super) const PARTITION_KEY_DIFFERS: FindingRule = rule(
    "partition-key-differs",
    Severity::Notice,
    "foreign_tables",
    "a foreign key stands on some partitions of a table and not on others, so it does not lead the table to the key",
    "add it to the partitioned table if it holds for all rows",
);
pub(super) const PATHS_CUT: FindingRule = rule(
    "paths-cut",
    Severity::Notice,
    "bounds",
    "a table has more paths to the distribution key than are listed",
    "raise `max_paths` or `max_hops` to see more; the chosen path is the best one in any case",
);
pub(super) const SAME_NAME_NOT_ASSUMED: FindingRule = rule(
    "same-name-not-assumed",
    Severity::Notice,
    "taken_names",
    "a column has the name of the distribution key and is not taken for it, because it looks like something else",
    "if it is the key, add a foreign key or name it in the override file",
);
pub(super) const SAME_NAME_OTHER_TYPE: FindingRule = rule(
    "same-name-other-type",
    Severity::Notice,
    "same_column",
    "a column has the name of the distribution key, but its type cannot hold the key",
    "if it is the key, change its type",
);

/// Every rule of the classification, by severity and id.
pub(crate) const RULES: &[FindingRule] = &[
    KEY_TYPE_DIFFERS,
    PATH_TOO_LONG,
    BUSY_REFERENCE,
    DOUBTFUL_PATH,
    KEY_TYPE_UNIFIED,
    LARGE_REFERENCE,
    NULLABLE_KEY,
    PATHS_MAY_DISAGREE,
    SEVERAL_KEY_COLUMNS,
    SKIPPED_STATEMENT,
    STAYS_LOCAL,
    ASSUMED_KEY,
    COLUMN_NAME_TAKEN,
    PARTITION_KEY_DIFFERS,
    PATHS_CUT,
    SAME_NAME_NOT_ASSUMED,
    SAME_NAME_OTHER_TYPE,
];

impl Finding {
    pub(super) fn about(mut self, object: &Name) -> Self {
        self.object = Some(object.clone());
        self
    }

    pub(super) fn counted_by(mut self, query: Probe) -> Self {
        self.query = Some(query);
        self
    }

    /// Adds the lines of the override file that decide the matter.
    pub(super) fn decided_by(mut self, table: &TableName, lines: &str) -> Self {
        self.choice = Some(Choice { under: Choice::on_table(table), settings: vec![lines.to_owned().into()] });
        self
    }
}
