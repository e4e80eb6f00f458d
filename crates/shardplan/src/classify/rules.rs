//! What the user says: the distribution key, forced placements and choices, expected sizes.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::overrides::action;
use super::{Acceptance, CopyRate, Limit, Strategy};
use crate::catalog::Action;
use crate::citus::Profile;
use crate::error::Error;
use crate::name::{Name, TableName, identifiers};

/// The table and column by which everything is distributed: `stores.store_id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DistributionKey {
    /// The root table.
    pub table: TableName,
    /// Its column.
    pub column: Name,
}

impl fmt::Display for DistributionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

impl FromStr for DistributionKey {
    type Err = Error;

    /// Reads `table.column` or `schema.table.column`, with SQL's quoting and folding.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parts = identifiers(text)?;
        match parts.as_slice() {
            [table, column] => Ok(Self { table: TableName::new("public", table.clone()), column: column.clone() }),
            [schema, table, column] => {
                Ok(Self { table: TableName::new(schema.clone(), table.clone()), column: column.clone() })
            }
            _ => Err(Error::invalid_name(text, "expected `table.column` or `schema.table.column`")),
        }
    }
}

/// Everything that the user decides about placements and keys. [`Rules::new`] has no overrides.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// The distribution key.
    pub key: DistributionKey,
    /// Overrides by table.
    pub tables: BTreeMap<TableName, TableRule>,
    /// Overrides by referencing table and name of a foreign key.
    pub foreign_keys: BTreeMap<(TableName, Name), ForeignKeyRule>,
    /// Overrides by table and name of a unique constraint, unique index or exclusion constraint.
    pub keys: BTreeMap<(TableName, Name), KeyRule>,
    /// Triggers that are decided about, by table and name.
    pub triggers: BTreeMap<(TableName, Name), RemovalRule>,
    /// Rewrite rules that are decided about, by table and name.
    pub rewrite_rules: BTreeMap<(TableName, Name), RemovalRule>,
    /// Row security policies that are decided about, by table and name.
    pub policies: BTreeMap<(TableName, Name), RemovalRule>,
    /// Findings that the user accepts.
    pub accepted: Vec<Acceptance>,
    /// How many paths are listed per table before the search stops and says so.
    pub max_paths: usize,
    /// How many foreign keys long a path may be before the search stops and says so.
    pub max_hops: usize,
    /// From how many rows on a reference table is a finding.
    pub large_reference_rows: u64,
    /// From how many rows on a table is distributed without blocking its writers, with [`Strategy::Combined`].
    pub concurrent_rows: u64,
    /// The Citus to plan for. `None`: the version of the extension that the catalog has, else the default.
    pub target: Option<Profile>,
    /// How all tables together are distributed. `None`: a [`Comparison`](crate::Comparison) chooses within the limits, and a
    /// [`Plan`](crate::Plan) made alone takes the default.
    pub strategy: Option<Strategy>,
    /// How fast tables are copied to their shards.
    pub copy_rate: CopyRate,
    /// For how long a write may have to wait at most.
    pub max_write_block: Option<Limit>,
    /// For how long a foreign key may be unenforced at most.
    pub max_unenforced: Option<Limit>,
    /// In which line of the override file each override stands, by its key: `tables.orders`, `keys.users.users_email_key`, `accept.0`.
    pub lines: BTreeMap<String, usize>,
}

/// What the user says of one table. All parts are optional, but a forced one needs a reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableRule {
    /// `distributed`, `reference` or `local`.
    pub class: Option<ForcedClass>,
    /// The distribution column: an existing one that holds the key, or the name of the one to add.
    pub column: Option<Name>,
    /// The foreign keys to follow to the key, by name, from this table on.
    #[serde(default)]
    pub path: Vec<Name>,
    /// How many rows to expect, where no server tells.
    pub rows: Option<u64>,
    /// How to distribute it; only with [`Strategy::Combined`], the others choose for all tables.
    pub method: Option<ForcedMethod>,
    /// Forbids to convert its distribution column to the type of the root's key.
    #[serde(default)]
    pub keep_type: bool,
    /// Leaves its identity columns what they are.
    #[serde(default)]
    pub keep_identity: bool,
    /// Why; required with `class`, `column`, `path`, `keep_type` or `keep_identity`.
    pub reason: Option<String>,
}

/// A class that the user forces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForcedClass {
    /// Distributed.
    Distributed,
    /// Reference.
    Reference,
    /// Local.
    Local,
}

/// A method of distribution that the user forces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ForcedMethod {
    /// `create_distributed_table`: blocks writers while it copies.
    Blocking,
    /// `create_distributed_table_concurrently`: lets writers on, but needs the foreign keys gone meanwhile.
    Concurrent,
}

/// What the user says of one foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForeignKeyRule {
    /// Gives it up.
    #[serde(default)]
    pub drop: bool,
    /// Another action on delete.
    #[serde(default, deserialize_with = "action")]
    pub on_delete: Option<Action>,
    /// Another action on update.
    #[serde(default, deserialize_with = "action")]
    pub on_update: Option<Action>,
    /// Why; required.
    pub reason: String,
}

/// What the user says of one unique or exclusion constraint or unique index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRule {
    /// Gives it up.
    #[serde(default)]
    pub drop: bool,
    /// Why; required.
    pub reason: String,
}

/// What the user says of a trigger, a rewrite rule or a policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovalRule {
    /// Drops it, just before the distribution.
    #[serde(default)]
    pub drop: bool,
    /// Why; required.
    pub reason: String,
}

impl Rules {
    /// The key, no overrides, the default bounds.
    pub fn new(key: DistributionKey) -> Self {
        Self {
            key,
            tables: BTreeMap::new(),
            foreign_keys: BTreeMap::new(),
            keys: BTreeMap::new(),
            triggers: BTreeMap::new(),
            rewrite_rules: BTreeMap::new(),
            policies: BTreeMap::new(),
            accepted: Vec::new(),
            max_paths: 16,
            max_hops: 8,
            large_reference_rows: 1_000_000,
            concurrent_rows: 100_000,
            target: None,
            strategy: None,
            copy_rate: CopyRate::default(),
            max_write_block: None,
            max_unenforced: None,
            lines: BTreeMap::new(),
        }
    }

    /// The error of an override, with the place where it stands in the override file.
    pub(crate) fn at(&self, key: impl fmt::Display, error: Error) -> Error {
        let key = key.to_string();
        let line = self.lines.get(&key);
        match error {
            Error::Override { target, why, .. } => {
                Error::Override { place: line.map(|line| format!("line {line}, `{key}`")), target, why }
            }
            other => other,
        }
    }
}
