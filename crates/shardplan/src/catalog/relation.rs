//! The part of the model that belongs to one table: its kind, keys, indexes, checks, triggers, rules and policies.

use serde::{Deserialize, Serialize};

use super::index::{Exclusion, Index, Key};
use super::model::Column;
use crate::name::{Name, TableName};

/// A table, partitioned table, partition or foreign table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// What kind of table it is.
    #[serde(default)]
    pub kind: TableKind,
    /// Whether its rows are logged, unlogged or gone at the end of the session.
    #[serde(default)]
    pub persistence: Persistence,
    /// The partitioned table that it is a partition of.
    #[serde(default)]
    pub partition_of: Option<PartitionOf>,
    /// The tables that it inherits from with `INHERITS` (partitions do not count), in order.
    #[serde(default)]
    pub inherits: Vec<TableName>,
    /// The composite type of a typed table (`CREATE TABLE … OF type`), as `pg_dump` prints it.
    #[serde(default)]
    pub of_type: Option<String>,
    /// Its columns in their order, inherited ones included, dropped ones not.
    pub columns: Vec<Column>,
    /// Its primary key.
    #[serde(default)]
    pub primary_key: Option<Key>,
    /// Its unique constraints.
    #[serde(default)]
    pub unique: Vec<Key>,
    /// Its indexes that no constraint owns, unique ones included.
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// Its exclusion constraints.
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    /// Its CHECK constraints; those that an inheritance child (not a partition) only inherits are left out.
    #[serde(default)]
    pub checks: Vec<Check>,
    /// Its triggers; internal ones and those cloned from a partitioned parent are left out.
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    /// Its rewrite rules.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Its row security policies.
    #[serde(default)]
    pub policies: Vec<Policy>,
    /// Whether row security is switched on.
    #[serde(default)]
    pub row_security: RowSecurity,
    /// What identifies a row to logical replication.
    #[serde(default)]
    pub replica_identity: ReplicaIdentity,
    /// The index that `CLUSTER` remembers.
    #[serde(default)]
    pub clustered_on: Option<Name>,
    /// Its owner, when known.
    #[serde(default)]
    pub owner: Option<Name>,
    /// The extension that it belongs to.
    #[serde(default)]
    pub extension: Option<Name>,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
    /// Size and activity, when read from a server.
    #[serde(default)]
    pub statistics: Option<Statistics>,
}

impl Table {
    /// A permanent, ordinary table with nothing in it.
    pub fn new(name: TableName) -> Self {
        Self {
            name,
            kind: TableKind::Ordinary,
            persistence: Persistence::Permanent,
            partition_of: None,
            inherits: Vec::new(),
            of_type: None,
            columns: Vec::new(),
            primary_key: None,
            unique: Vec::new(),
            indexes: Vec::new(),
            exclusions: Vec::new(),
            checks: Vec::new(),
            triggers: Vec::new(),
            rules: Vec::new(),
            policies: Vec::new(),
            row_security: RowSecurity::Off,
            replica_identity: ReplicaIdentity::Default,
            clustered_on: None,
            owner: None,
            extension: None,
            comment: None,
            statistics: None,
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &Name) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == *name)
    }

    /// Its primary key and unique constraints, the primary key first.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.primary_key.iter().chain(&self.unique)
    }
}

/// What kind of table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TableKind {
    /// `CREATE TABLE`.
    #[default]
    Ordinary,
    /// `CREATE TABLE … PARTITION BY`; the text after `PARTITION BY` as `pg_get_partkeydef` prints it: `RANGE (created_at)`.
    Partitioned(String),
    /// `CREATE FOREIGN TABLE`.
    Foreign,
}

/// How durable the rows are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// Logged.
    #[default]
    Permanent,
    /// `UNLOGGED`: empty after a crash.
    Unlogged,
    /// `TEMPORARY`.
    Temporary,
}

/// Where a partition hangs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PartitionOf {
    /// The partitioned table.
    pub parent: TableName,
    /// Its bound as `pg_get_expr(relpartbound)` prints it: `FOR VALUES FROM (…) TO (…)` or `DEFAULT`.
    pub bound: String,
}

/// A CHECK constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name.
    pub name: Name,
    /// The condition as `pg_get_expr` prints it: `(price > (0)::numeric)`.
    pub expression: String,
    /// Whether children do not inherit it (`NO INHERIT`).
    #[serde(default)]
    pub no_inherit: bool,
    /// False for `NOT VALID`.
    pub validated: bool,
    /// Its comment.
    #[serde(default)]
    pub comment: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Its name.
    pub name: Name,
    /// The whole statement as `pg_get_triggerdef` prints it.
    pub definition: String,
    /// The function that it calls.
    pub function: TableName,
    /// False when switched off with `DISABLE TRIGGER`.
    pub enabled: bool,
}

/// A rewrite rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub name: Name,
    /// The whole statement, white space folded to single blanks (`pg_get_ruledef` breaks lines).
    pub definition: String,
    /// Whether it replaces the original statement (`DO INSTEAD`).
    pub instead: bool,
}

/// A row security policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its name.
    pub name: Name,
    /// Which statements it governs.
    #[serde(default)]
    pub command: PolicyCommand,
    /// False for `AS RESTRICTIVE`.
    pub permissive: bool,
    /// The roles that it governs; empty for `PUBLIC`.
    #[serde(default)]
    pub roles: Vec<Name>,
    /// The USING condition as `pg_get_expr` prints it.
    #[serde(default)]
    pub using: Option<String>,
    /// The WITH CHECK condition as `pg_get_expr` prints it.
    #[serde(default)]
    pub with_check: Option<String>,
}

/// Which statements a policy governs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PolicyCommand {
    /// All.
    #[default]
    All,
    /// SELECT.
    Select,
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
}

/// Whether row security applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RowSecurity {
    /// Off.
    #[default]
    Off,
    /// On, for everybody but the owner.
    On,
    /// On, for the owner too (`FORCE ROW LEVEL SECURITY`).
    Forced,
}

/// What identifies a row to logical replication.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReplicaIdentity {
    /// The primary key, if there is one.
    #[default]
    Default,
    /// The whole row.
    Full,
    /// Nothing.
    Nothing,
    /// The columns of this index.
    Index(Name),
}

/// Size and activity of a table, as the server's statistics have it. A partitioned table's are the sums of what is known of
/// its partitions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Statistics {
    /// Estimated rows (`reltuples`); `None` when never analyzed.
    #[serde(default)]
    pub rows: Option<u64>,
    /// Bytes with indexes and TOAST, as of the last `VACUUM` or `ANALYZE`.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Rows inserted, updated and deleted since the statistics were last reset.
    #[serde(default)]
    pub writes: Option<u64>,
}
